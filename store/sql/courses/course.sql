-- COURSES_COURSE: one course. Index: course_pkey.
-- takes: path.course_id int4
-- gives: status int4, body json
-- refuses: COURSE_NOT_FOUND
select case when c.id is null then 404 else 200 end,
       case when c.id is null then json_build_object('detail', :'COURSE_NOT_FOUND') else courses.course_json(c) end
from (select) one left join courses.course c on c.id = $1
