-- PRACTICE_SUBMISSION: one submission, for its student and for teachers. Index: exercise_submissions_pkey.
-- takes: caller.role text, caller.account int4, path.submission_id int4
-- gives: status int4, body json
-- refuses: SUBMISSION_NOT_FOUND, SUBMISSIONS_OF_OTHERS
select case when s.id is null then 404 when $1 <> 'teacher' and s.student_id <> $2 then 403 else 200 end,
       case when s.id is null then json_build_object('detail', :'SUBMISSION_NOT_FOUND')
            when $1 <> 'teacher' and s.student_id <> $2 then json_build_object('detail', :'SUBMISSIONS_OF_OTHERS')
            else practice.submission_json(s) end
from (select) one left join practice.exercise_submissions s on s.id = $3
