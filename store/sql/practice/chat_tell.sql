-- PRACTICE_CHAT_TELL: what others are told of conversations, in the order in which it happened.
-- takes: row.session_id int4[], row.student_id int4[], row.role text[], row.content text[], row.at timestamp[]
-- gives: told int8
-- batch: 11
select count(practice.tell_chat(session_id, student_id, role, content, at))
from unnest($1, $2, $3, $4, $5) as r (session_id, student_id, role, content, at)
