-- PRACTICE_PROGRESS: a page of a student's progress. Index: progress_student_id_exercise_id_key.
-- takes: caller.role text, caller.account int4, path.student_id int4, query.skip int4, query.limit int4
-- gives: status int4, body json
-- refuses: PROGRESS_OF_OTHERS
select case when $1 <> 'teacher' and $2 <> $3 then 403 else 200 end,
       case when $1 <> 'teacher' and $2 <> $3 then json_build_object('detail', :'PROGRESS_OF_OTHERS')
            else (select coalesce(json_agg(practice.progress_json(p) order by p.id), '[]')
                  from (select * from practice.progress where student_id = $3 order by id offset $4 limit $5) p) end
