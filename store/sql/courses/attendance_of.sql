-- COURSES_ATTENDANCE_OF: a person's days, newest first. Index: attendance_user_id_date_key.
-- takes: path.user_id int4
-- gives: status int4, body json
select 200, coalesce(json_agg(courses.attendance_json(a) order by date desc), '[]') from courses.attendance a where user_id = $1
