-- COACHING_VOICE_BEGIN: begins an enrolment. Of those of the person ten are kept; nobody's recording stays that has not been completed in an
-- hour, a hundred go at once. Indexes: users_person, voice_enrollments_user, voice_enrollments_left.
-- takes: caller.user_id int4
-- gives: status int4, body json
with me as (select id from coaching.users where person_id = $1),
left_over as (
    select id from coaching.voice_enrollments
    where sample_base64 is not null and updated_at < (now() at time zone 'utc') - interval '1 hour'
    order by updated_at limit 100 for update skip locked
),
gone as (
    delete from coaching.voice_enrollments
    where id in (select id from left_over
                 union all
                 (select e.id from coaching.voice_enrollments e join me on e.user_id = me.id order by created_at desc, e.id offset 9))
),
begun as (insert into coaching.voice_enrollments (user_id) select id from me returning id)
select 200, json_build_object('enrollment_id', id, 'upload_url', null) from begun
