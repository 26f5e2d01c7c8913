-- COACHING_PUT_NUDGES: what people were nudged for. The report counts them.
-- takes: row.session_id text[], row.user_id text[], row.nudge_type text[], row.payload text[], row.seq int8[], row.created_at timestamp[]
-- batch: 13
insert into coaching.nudge_events (session_id, user_id, nudge_type, payload, seq, created_at)
select session_id, user_id, nudge_type, payload::json, seq, created_at
from unnest($1, $2, $3, $4, $5, $6) as r (session_id, user_id, nudge_type, payload, seq, created_at)
