-- PRACTICE_CHAT_UNANSWERED: conversations in which somebody still waits for a reply: at start, what the last run left behind.
--   Index: chat_sessions_unanswered.
-- gives: session_id int4
select id from practice.chat_sessions where asked > answered order by id
