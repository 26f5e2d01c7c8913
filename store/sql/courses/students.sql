-- COURSES_STUDENTS: everybody who is a student here. Index: roles_area.
-- gives: status int4, body json
select 200, coalesce(json_agg(courses.person_json(p) order by user_id), '[]') from courses.people p where role = 'student'
