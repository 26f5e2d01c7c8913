-- PRACTICE_STATS_OF_STUDENT: what a student has done. Index: progress_student_id_exercise_id_key.
-- takes: caller.role text, caller.account int4, path.student_id int4
-- gives: status int4, body json
-- refuses: STATS_OF_OTHERS
select case when $1 <> 'teacher' and $2 <> $3 then 403 else 200 end,
       case when $1 <> 'teacher' and $2 <> $3 then json_build_object('detail', :'STATS_OF_OTHERS')
            else (select json_build_object(
                      'student_id', $3, 'total_exercises', (select count(*) from practice.exercises),
                      'completed_exercises', count(*) filter (where practice.is_done(status)),
                      'mastered_exercises', count(*) filter (where status = 'mastered'),
                      'average_score', coalesce(sum(best_score)::double precision / nullif(count(best_score), 0), 0),
                      'total_attempts', coalesce(sum(attempts), 0), 'total_time_spent_minutes', 0,
                      'last_activity', practice.iso(max(updated_at)))
                  from practice.progress where student_id = $3) end
