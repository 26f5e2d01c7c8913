-- CLASSROOM_LOGS: a session's log for its creator, newest first. Indexes: logs_session_created, logs_session_type.
-- takes: caller.user_id int4, path.session_id int4, query.event_type text, query.limit int4
-- gives: status int4, body json
-- refuses: SESSION_NOT_FOUND, ONLY_CREATOR_READS_LOGS
with s as (select session_id, created_by from sessions where session_id = $2),
     l as (select log_id, event_type, user_id, event_details, created_at from logs
           where session_id = $2 and ($3 is null or event_type = $3)
             and exists (select 1 from s where created_by = $1)
           order by created_at desc, log_id desc limit $4)
select case when not exists (table s) then 404 when not exists (select 1 from s where created_by = $1) then 403 else 200 end,
       case when not exists (table s) then json_build_object('detail', :'SESSION_NOT_FOUND')
            when not exists (select 1 from s where created_by = $1)
                then json_build_object('detail', :'ONLY_CREATOR_READS_LOGS')
            else (select json_build_object('session_id', $2, 'total_logs', count(*),
                      'logs', coalesce(json_agg(json_build_object('log_id', log_id, 'event_type', event_type,
                          'user_id', user_id, 'event_details', event_details, 'created_at', iso(created_at))
                          order by created_at desc, log_id desc), '[]')) from l) end
