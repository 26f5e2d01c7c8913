-- COURSES_STUDENTS: everybody who is a student here, for an admin, a thousand at a time (transport/http/list.h); nobody for others, whose
-- page asks before it sends them away. Index: users_pkey.
-- takes: caller.role text, list.after text
-- gives: key text, item json, over bool
select user_id::text as key, courses.person_json(p::courses.people), place = n and n < 1000
from (select one.p, user_id, row_number() over (order by user_id) as place, count(*) over () as n
      from (select user_id, p from courses.people p where p.role = 'student' and $1 = 'admin' and p.user_id > coalesce($2::int4, 0)
            order by p.user_id limit 1000) one) page
order by user_id
