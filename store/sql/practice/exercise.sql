-- PRACTICE_EXERCISE: one exercise. Index: exercises_pkey.
-- takes: caller.role text, path.exercise_id int4
-- gives: status int4, body json
-- refuses: EXERCISE_NOT_FOUND
select case when e.id is null then 404 else 200 end,
       case when e.id is null then json_build_object('detail', :'EXERCISE_NOT_FOUND') else practice.exercise_json(e, $1) end
from (select) one left join practice.exercises e on e.id = $2
