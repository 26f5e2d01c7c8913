-- COACHING_REPORT: a session's report for those who took part. One that is still to be made is noted as such. Indexes: sessions_pkey,
-- session_participants_pkey, session_reports_pkey.
-- takes: caller.user_id int4, path.sid text
-- gives: status int4, body json
-- refuses: SESSION_ID_NOT_FOUND, NOT_AUTHORIZED
with session as materialized (
    select s.id, exists (select from coaching.users u where u.person_id = $1 and coaching.is_participant(s.id, u.id)) as mine,
           r.session_id is not null as noted, coalesce(r.status = 'READY', false) as ready, r.summary, r.moments, r.action_items
    from coaching.sessions s left join coaching.session_reports r on r.session_id = s.id where s.id = $2
), noted as (
    insert into coaching.session_reports (session_id)
    select s.id from coaching.sessions s where s.id = (select id from session where mine and not noted) for key share
    on conflict do nothing
)
select case when id is null then 404 when mine then 200 else 403 end,
       case when id is null then json_build_object('detail', format(:'SESSION_ID_NOT_FOUND', $2))
            when not mine then json_build_object('detail', :'NOT_AUTHORIZED')
            when ready then json_build_object('sid', id, 'summary', summary, 'moments', moments, 'action_items', action_items)
            else json_build_object('sid', id, 'summary', 'Report pending...', 'moments', json_build_array(), 'action_items', json_build_array()) end
from (select) one left join session on true
