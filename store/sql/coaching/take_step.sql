-- COACHING_TAKE_STEP: a step that the caller has taken. Index: users_person.
-- takes: caller.user_id int4, body.step text
-- gives: status int4, body json
update coaching.users u set steps = steps || jsonb_build_object($2, true), updated_at = now() at time zone 'utc' where person_id = $1
returning 200, coaching.steps_json(u)
