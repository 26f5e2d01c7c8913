-- CLASSROOM_SUMMARY: counts over a session's whole log, for its creator. Index: logs_session_type.
-- takes: caller.user_id int4, path.session_id int4
-- gives: status int4, body json
-- refuses: SESSION_NOT_FOUND, ONLY_CREATOR_READS_LOGS
with s as (select session_id, created_by from sessions where session_id = $2),
     l as (select event_type, event_details, created_at from logs
           where session_id = $2 and exists (select 1 from s where created_by = $1)),
     k as (select event_type, count(*) as n from l group by event_type)
select case when not exists (table s) then 404 when not exists (select 1 from s where created_by = $1) then 403 else 200 end,
       case when not exists (table s) then json_build_object('detail', :'SESSION_NOT_FOUND')
            when not exists (select 1 from s where created_by = $1)
                then json_build_object('detail', :'ONLY_CREATOR_READS_LOGS')
            else (select json_build_object('session_id', $2, 'total_events', count(*),
                      'event_counts', (select coalesce(json_object_agg(event_type, n order by event_type), '{}') from k),
                      'unique_participants_joined',
                          count(distinct event_details ->> 'participant_id') filter (where event_type = 'participant_joined'),
                      'participants_left',
                          count(distinct event_details ->> 'participant_id') filter (where event_type = 'participant_left'),
                      'first_event', iso(min(created_at)), 'last_event', iso(max(created_at))) from l) end
