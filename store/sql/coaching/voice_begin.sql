-- COACHING_VOICE_BEGIN: begins an enrolment. Of those of the person ten are kept, and no recording that nobody has completed in an hour.
-- Indexes: users_person, voice_enrollments_user.
-- takes: caller.user_id int4
-- gives: status int4, body json
with me as (select id from coaching.users where person_id = $1),
gone as (
    delete from coaching.voice_enrollments e using me
    where e.user_id = me.id
      and (e.status <> 'COMPLETED' and e.updated_at < (now() at time zone 'utc') - interval '1 hour'
           or e.id in (select id from coaching.voice_enrollments where user_id = me.id order by created_at desc, id offset 9))
),
begun as (insert into coaching.voice_enrollments (user_id) select id from me returning id)
select 200, json_build_object('enrollment_id', id, 'upload_url', null) from begun
