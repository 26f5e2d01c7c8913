-- COURSES_ME: the caller's account. Index: users_pkey.
-- takes: caller.user_id int4
-- gives: status int4, body json
select 200, courses.person_json(p) from courses.people p where user_id = $1
