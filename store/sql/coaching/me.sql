-- COACHING_ME: the caller's profile. Indexes: users_person, voice_profiles_user.
-- takes: caller.user_id int4
-- gives: status int4, body json
select 200, coaching.profile_json(u) from coaching.users u where person_id = $1
