-- COACHING_STEPS: which steps of the beginning the caller has taken. Indexes: users_person, voice_profiles_user, relationship_members_user,
-- fcm_tokens_user.
-- takes: caller.user_id int4
-- gives: status int4, body json
select 200, coaching.steps_json(u) from coaching.users u where person_id = $1
