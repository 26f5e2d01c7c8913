-- CLASSROOM_STUDENTS: whom a teacher can invite. Index: users_role.
-- gives: status int4, body json
select 200, coalesce(json_agg(json_build_object('user_id', user_id, 'name', name, 'phone_number', phone_number,
                                                'role', role, 'created_at', iso(created_at)) order by user_id), '[]')
from account.users where role = 'student'
