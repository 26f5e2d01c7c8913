-- CLASSROOM_PUT_CHAT: appends to the chat history.
-- takes: row.message_id int4[], row.session_id int4[], row.participant_id int4[], row.message text[],
--   row.timestamp timestamp[]
-- batch: 4
insert into chat_messages (message_id, session_id, participant_id, message, timestamp)
select * from unnest($1, $2, $3, $4, $5)
