-- PRACTICE_DELETE_EXERCISE: removes an exercise with its submissions, their results and its progress. Index: exercises_pkey.
-- takes: path.exercise_id int4
-- gives: status int4, body json
-- refuses: EXERCISE_NOT_FOUND
with gone as (delete from practice.exercises where id = $1 returning id)
select case when exists (table gone) then 200 else 404 end,
       case when exists (table gone) then json_build_object('message', 'Exercise deleted')
            else json_build_object('detail', :'EXERCISE_NOT_FOUND') end
