-- CLASSROOM_STUDENTS: whom a teacher can invite, a thousand at a time (transport/http/list.h). Index: users_role.
-- takes: list.after text
-- gives: key text, item json, over bool
select user_id::text as key, json_build_object('user_id', user_id, 'name', name, 'phone_number', phone_number, 'role', role,
                                        'created_at', iso(created_at)), place = n and n < 1000
from (select u.*, row_number() over (order by user_id) as place, count(*) over () as n
      from (select * from account.users where role = 'student' and user_id > coalesce($1::int4, 0) order by user_id limit 1000) u) page
order by user_id
