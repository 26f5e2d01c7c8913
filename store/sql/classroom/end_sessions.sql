-- CLASSROOM_END_SESSIONS: ends sessions; everybody in them has left.
-- takes: row.session_id int4[], row.ended_at timestamp[]
-- batch: 2
update sessions s set is_active = false, ended_at = r.ended_at
from unnest($1, $2) as r (session_id, ended_at) where s.session_id = r.session_id
