-- PRACTICE_CHANGE_EXERCISE: what is given of an exercise; null clears. Index: exercises_pkey.
-- takes: caller.role text, path.exercise_id int4, body.title text, body.description text, body.difficulty_level text, body.topic text,
--   body.starter_code text, body.expected_output text, body.test_cases json, body.hints json, body.solution_code text,
--   given.starter_code bool, given.expected_output bool, given.test_cases bool, given.hints bool, given.solution_code bool
-- gives: status int4, body json
-- refuses: EXERCISE_NOT_FOUND
with changed as (
    update practice.exercises
    set title = coalesce($3, title), description = coalesce($4, description), difficulty_level = coalesce($5, difficulty_level),
        topic = coalesce($6, topic), starter_code = case when $12 then $7 else starter_code end,
        expected_output = case when $13 then $8 else expected_output end, test_cases = case when $14 then $9 else test_cases end,
        hints = case when $15 then $10 else hints end, solution_code = case when $16 then $11 else solution_code end,
        updated_at = case when coalesce($3, $4, $5, $6) is not null or $12 or $13 or $14 or $15 or $16
                          then now() at time zone 'utc' else updated_at end
    where id = $2 returning *
)
select case when exists (table changed) then 200 else 404 end,
       coalesce((select practice.exercise_json(c::practice.exercises, $1) from changed c), json_build_object('detail', :'EXERCISE_NOT_FOUND'))
