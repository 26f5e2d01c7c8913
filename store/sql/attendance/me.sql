-- ATTENDANCE_ME: the caller's own profile. Index: users_user_id_key.
-- takes: caller.user_id int4, caller.role text
-- gives: status int4, body json
select 200, json_build_object('id', id, 'email', coalesce(email, ''), 'name', name, 'role', $2, 'department', department,
                              'employee_id', employee_id, 'last_login_at', iso(last_login_at), 'created_at', iso(created_at))
from attendance.users where user_id = $1
