-- COACHING_FINALIZE: may somebody end a session? Then its number, if it goes on: its room ends it. One that is over is not ended again;
--   if no report was ever wanted of it, one is now. Indexes: sessions_pkey, session_participants_pkey, users_person.
-- takes: arg.sid text, arg.person int4
-- gives: status int4, body json, number int4
-- refuses: SESSION_ID_NOT_FOUND, NOT_AUTHORIZED
with session as (
    select s.id, s.number, s.status = 'ACTIVE' as goes_on,
           exists (select from coaching.session_participants p join coaching.users u on u.id = p.user_id
                   where p.session_id = s.id and u.person_id = $2) as takes_part
    from coaching.sessions s where s.id = $1
), wanted as (
    insert into coaching.session_reports (session_id) select id from session where takes_part and not goes_on
    on conflict do nothing returning session_id
), job as (
    insert into outbox.messages (kind, payload) select 'report', jsonb_build_object('session_id', session_id) from wanted
)
select case when s.id is null then 404 when not takes_part then 403 else 200 end,
       case when s.id is null then json_build_object('detail', replace(:'SESSION_ID_NOT_FOUND', '%s', $1))
            when not takes_part then json_build_object('detail', :'NOT_AUTHORIZED')
            else json_build_object('ok', true) end,
       case when takes_part and goes_on then s.number end
from (select) one left join session s on true
