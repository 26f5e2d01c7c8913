-- PRACTICE_ME: the caller's profile. Indexes: students_pkey, teachers_pkey.
-- takes: caller.role text, caller.account int4
-- gives: status int4, body json
-- refuses: STUDENT_NOT_FOUND, TEACHER_NOT_FOUND
select case when a.id is null then 404 else 200 end,
       case when a.id is not null then practice.profile_json(a)
            else json_build_object('detail', case $1 when 'teacher' then :'TEACHER_NOT_FOUND' else :'STUDENT_NOT_FOUND' end) end
from (select) one left join practice.accounts a on a.role = $1 and a.id = $2
