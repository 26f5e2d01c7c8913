-- PRACTICE_CHAT_PUT_MESSAGES: what was said, by student and tutor.
-- takes: row.id int4[], row.session_id int4[], row.role text[], row.content text[], row.metadata text[], row.created_at timestamp[],
--   row.seq int8[]
-- batch: 9
insert into practice.chat_messages (id, session_id, role, content, metadata, created_at, seq)
overriding system value
select id, session_id, role, content, coalesce(metadata, '{}')::json, created_at, seq
from unnest($1, $2, $3, $4, $5, $6, $7) as r (id, session_id, role, content, metadata, created_at, seq)
