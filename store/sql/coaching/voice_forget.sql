-- COACHING_VOICE_FORGET: the caller's profile goes, with its recording, and every other recording of the caller's voice. Indexes: users_person,
-- voice_profiles_user, voice_enrollments_user.
-- takes: caller.user_id int4
-- gives: status int4, body json
-- refuses: VOICE_PROFILE_NOT_FOUND
with me as (select id from coaching.users where person_id = $1),
gone as (delete from coaching.voice_profiles p using me where p.user_id = me.id returning 1),
recordings as (delete from coaching.voice_enrollments e using me where e.user_id = me.id and e.sample_base64 is not null)
select case when known then 200 else 404 end,
       case when known then json_build_object('ok', true) else json_build_object('detail', :'VOICE_PROFILE_NOT_FOUND') end
from (select exists (select from gone) as known) told
