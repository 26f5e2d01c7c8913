-- CLASSROOM_MESSAGE_IDS: a block of chat message ids, taken in advance.
-- takes: arg.count int4
-- gives: id int8
select nextval('classroom.chat_messages_message_id_seq') from generate_series(1, $1)
