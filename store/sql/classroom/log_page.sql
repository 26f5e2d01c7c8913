-- CLASSROOM_LOG_PAGE: part of a session's log for its creator, oldest first: of entries behind `after` (null or 0: from
-- the beginning) and up to `last` (null: all there are now), those of one type or all. One row at least; `last` is the
-- newest entry of the log when the first page is read. Indexes: logs_session_created, logs_session_type, logs_pkey.
-- takes: arg.user_id int4, arg.session_id int4, arg.event_type text, arg.after int4, arg.last int4, arg.limit int4
-- gives: known bool, allowed bool, found bool, last int4, log_id int4, event_type text, user_id int4,
--   event_details text, created_at timestamp
with s as (select created_by = $1 as own from sessions where session_id = $2),
     allowed as (select 1 from s where own),
     after as (select created_at as at, log_id from logs where log_id = $4 and session_id = $2),
     last as (select created_at as at, log_id from logs where log_id = $5 and session_id = $2
              union all
              (select created_at, log_id from logs where session_id = $2 and $5 is null
               order by created_at desc, log_id desc limit 1)),
     bounds as (select coalesce(after.at, '-infinity') as low, coalesce(after.log_id, 0) as low_id, last.at as high,
                       last.log_id as high_id
                from last left join after on true where exists (table allowed)),
     l as ((select l.* from bounds, lateral (
                select log_id, event_type, user_id, event_details, created_at from logs
                where session_id = $2 and $3 is null and (created_at, log_id) > (low, low_id)
                  and (created_at, log_id) <= (high, high_id)
                order by created_at, log_id limit $6) l)
           union all
           (select l.* from bounds, lateral (
                select log_id, event_type, user_id, event_details, created_at from logs
                where session_id = $2 and event_type = $3 and (created_at, log_id) > (low, low_id)
                  and (created_at, log_id) <= (high, high_id)
                order by created_at, log_id limit $6) l))
select exists (table s), exists (table allowed), coalesce($4, 0) = 0 or exists (table after),
       (select log_id from last), l.log_id, l.event_type, l.user_id, l.event_details::text, l.created_at
from (select) one left join l on true
order by l.created_at, l.log_id
