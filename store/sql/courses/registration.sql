-- COURSES_REGISTRATION: is the caller enrolled? Index: course_status_user_id_course_id_key.
-- takes: caller.user_id int4, path.course_id int4
-- gives: status int4, body json
-- refuses: COURSE_NOT_FOUND
select case when c.id is null then 404 else 200 end,
       case when c.id is null then json_build_object('detail', :'COURSE_NOT_FOUND')
            else json_build_object('enrolled', s.id is not null, 'course_id', c.id, 'created_at', account.iso(s.created_at)) end
from (select) one
left join courses.course c on c.id = $2
left join courses.course_status s on s.user_id = $1 and s.course_id = $2 and s.enrolled
