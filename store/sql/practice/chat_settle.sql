-- PRACTICE_CHAT_SETTLE: did the batch with this event commit? Asked when a commit's answer was lost.
-- takes: arg.session_id int4, arg.seq int8
-- gives: committed bool
select exists (select from practice.chat_messages where session_id = $1 and seq = $2)
    or exists (select from practice.chat_sessions where id = $1 and ended_seq = $2)
