-- PRACTICE_STATS_OF_EXERCISE: how students fare with an exercise. Indexes: exercises_pkey, progress_exercise.
-- takes: path.exercise_id int4
-- gives: status int4, body json
-- refuses: EXERCISE_NOT_FOUND
select case when e.id is null then 404 else 200 end,
       case when e.id is null then json_build_object('detail', :'EXERCISE_NOT_FOUND')
            else json_build_object('exercise_id', e.id, 'total_attempts', n.tried, 'successful_attempts', n.done,
                                   'average_score', coalesce(n.score_sum::double precision / nullif(n.scored, 0), 0), 'average_time_minutes', 0.0,
                                   'completion_rate', coalesce(100.0::double precision * n.done / nullif(n.tried, 0), 0),
                                   'mastery_rate', coalesce(100.0::double precision * n.mastered / nullif(n.tried, 0), 0)) end
from (select) one
left join practice.exercises e on e.id = $1
cross join (select count(*) as tried, count(*) filter (where practice.is_done(status)) as done,
                   count(*) filter (where status = 'mastered') as mastered, count(best_score) as scored, sum(best_score) as score_sum
            from practice.progress where exercise_id = $1) n
