-- ATTENDANCE_ALLOW_LIST: who may sign in, by address.
-- gives: email text, role text, name text
select email, role::text, coalesce(name, '') from attendance.allowed_emails order by email
