-- CLASSROOM_PUT_LOGS: appends to the log. Rows go in the order of the batch, so log_id rises with seq within a room. What
-- an operator did has no user.
-- takes: row.session_id int4[], row.user_id int4[], row.event_type text[], row.event_details jsonb[],
--   row.created_at timestamp[], row.seq int8[]
-- batch: 3
insert into logs (session_id, user_id, event_type, event_details, created_at, seq)
select session_id, nullif(user_id, 0), event_type, details, created_at, seq
from unnest($1, $2, $3, $4, $5, $6) as r (session_id, user_id, event_type, details, created_at, seq)
