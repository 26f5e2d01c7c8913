-- PRACTICE_CREATE_EXERCISE: a new exercise.
-- takes: caller.role text, body.title text, body.description text, body.difficulty_level text, body.topic text, body.starter_code text,
--   body.expected_output text, body.test_cases json, body.hints json, body.solution_code text
-- gives: status int4, body json
with made as (
    insert into practice.exercises (title, description, difficulty_level, topic, starter_code, expected_output, test_cases, hints, solution_code)
    values ($2, $3, $4, $5, $6, $7, $8, $9, $10) returning *
)
select 201, practice.exercise_json(m::practice.exercises, $1) from made m
