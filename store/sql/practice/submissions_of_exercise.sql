-- PRACTICE_SUBMISSIONS_OF_EXERCISE: a page of an exercise's submissions, oldest first. Index: exercise_submissions_exercise.
-- takes: path.exercise_id int4, query.skip int4, query.limit int4
-- gives: status int4, body json
select 200, coalesce(json_agg(practice.submission_json(s) order by s.id), '[]')
from (select * from practice.exercise_submissions where exercise_id = $1 order by id offset $2 limit $3) s
