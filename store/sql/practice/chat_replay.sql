-- PRACTICE_CHAT_REPLAY: the events of a conversation after one number and up to another, to continue a stream: messages, and its end,
--   which has none. Index: chat_messages_seq.
-- takes: arg.session_id int4, arg.after int8, arg.last int8, arg.limit int4
-- gives: seq int8, session_id int4, id int4, role text, content text, metadata text, created_at timestamp
select seq, session_id, id, role, content, metadata::text, created_at
from practice.chat_messages where session_id = $1 and seq > $2 and seq <= $3
union all
select ended_seq, id, null, null, null, null, ended_at from practice.chat_sessions where id = $1 and ended_seq > $2 and ended_seq <= $3
order by seq limit $4
