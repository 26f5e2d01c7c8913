-- COURSES_STUDENTS: everybody who is a student here, for an admin; nobody for others, whose page asks before it sends them away.
-- Index: roles_area.
-- takes: caller.role text
-- gives: status int4, body json
select 200, coalesce(json_agg(courses.person_json(p) order by user_id), '[]') from courses.people p
where role = 'student' and $1 = 'admin'
