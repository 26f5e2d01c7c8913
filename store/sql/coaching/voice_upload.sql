-- COACHING_VOICE_UPLOAD: keeps the recording of an enrolment, the last one counts. 400: it has been completed meanwhile; no row: it has gone.
-- Index: voice_enrollments_pkey.
-- takes: path.enrollment_id text, caller.user_id int4, arg.sample text
-- gives: status int4, body json
-- refuses: ENROLLMENT_COMPLETE
with kept as (
    update coaching.voice_enrollments e
    set sample_base64 = $3, status = 'UPLOADED', updated_at = clock_timestamp() at time zone 'utc'
    from coaching.users u
    where e.id = $1 and u.id = e.user_id and u.person_id = $2 and e.status <> 'COMPLETED'
    returning 1
)
select 200, '{"ok":true}'::json from kept
union all
select 400, json_build_object('detail', :'ENROLLMENT_COMPLETE') from coaching.voice_enrollments where id = $1 and not exists (select from kept)
