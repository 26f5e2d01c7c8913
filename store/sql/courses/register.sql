-- COURSES_REGISTER: enrols the caller; of simultaneous calls one wins. Holding the course keeps it from being deleted meanwhile.
-- takes: caller.user_id int4, path.course_id int4
-- gives: status int4, body json
-- refuses: COURSE_NOT_FOUND, ALREADY_REGISTERED
with course as (
    select id from courses.course where id = $2 for key share
), enrolled as (
    insert into courses.course_status as s (user_id, course_id, enrolled) select $1, id, true from course
    on conflict (user_id, course_id) do update set enrolled = true where not s.enrolled
    returning created_at
)
select case when not exists (table course) then 404 when not exists (table enrolled) then 400 else 200 end,
       case when not exists (table course) then json_build_object('detail', :'COURSE_NOT_FOUND')
            when not exists (table enrolled) then json_build_object('detail', :'ALREADY_REGISTERED')
            else (select json_build_object('message', 'Registered for the course', 'course_id', $2, 'enrolled', true,
                                           'created_at', account.iso(created_at)) from enrolled) end
