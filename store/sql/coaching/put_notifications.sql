-- COACHING_PUT_NOTIFICATIONS: what people have been told.
-- takes: row.user_id text[], row.seq int8[], row.type text[], row.title text[], row.message text[], row.data text[], row.created_at timestamp[]
-- batch: 16
insert into coaching.notifications (user_id, seq, type, title, message, data, created_at)
select user_id, seq, type, title, message, data::json, created_at
from unnest($1, $2, $3, $4, $5, $6, $7) as r (user_id, seq, type, title, message, data, created_at)
