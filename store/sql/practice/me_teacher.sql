-- PRACTICE_ME_TEACHER: the caller's profile as a teacher. Index: teachers_pkey.
-- takes: caller.role text, caller.account int4
-- gives: status int4, body json
-- refuses: TEACHER_NOT_FOUND
select case when a.id is null then 404 else 200 end,
       case when a.id is not null then practice.teacher_json(a) else json_build_object('detail', :'TEACHER_NOT_FOUND') end
from (select) one left join practice.accounts a on a.role = $1 and a.id = $2
