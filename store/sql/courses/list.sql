-- COURSES_LIST: all courses.
-- gives: status int4, body json
select 200, coalesce(json_agg(courses.course_json(c) order by id), '[]') from courses.course c
