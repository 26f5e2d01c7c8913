-- COURSES_DELETE: removes a course with its videos, enrolments and progress; attendance stays.
-- takes: path.course_id int4
-- gives: status int4, body json
-- refuses: COURSE_NOT_FOUND
with gone as (delete from courses.course where id = $1 returning id)
select case when exists (table gone) then 200 else 404 end,
       case when exists (table gone) then json_build_object('message', 'Course deleted successfully', 'course_id', $1)
            else json_build_object('detail', :'COURSE_NOT_FOUND') end
