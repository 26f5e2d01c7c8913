-- PRACTICE_SUBMISSIONS_OF_STUDENT: a page of a student's submissions, oldest first. Index: exercise_submissions_student.
-- takes: caller.role text, caller.account int4, path.student_id int4, query.skip int4, query.limit int4
-- gives: status int4, body json
-- refuses: SUBMISSIONS_OF_OTHERS
select case when $1 <> 'teacher' and $2 <> $3 then 403 else 200 end,
       case when $1 <> 'teacher' and $2 <> $3 then json_build_object('detail', :'SUBMISSIONS_OF_OTHERS')
            else (select coalesce(json_agg(practice.submission_json(s) order by s.id), '[]')
                  from (select * from practice.exercise_submissions where student_id = $3 order by id offset $4 limit $5) s) end
