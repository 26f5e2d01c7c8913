-- PRACTICE_CHAT_MESSAGE_IDS: a block of message ids, taken in advance.
-- takes: arg.count int4
-- gives: id int8
select nextval('practice.chat_messages_id_seq') from generate_series(1, $1)
