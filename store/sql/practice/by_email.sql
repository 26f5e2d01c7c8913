-- PRACTICE_BY_EMAIL: what sign-in needs, and what an address is called in any spelling, whether it is somebody's or not. Indexes: students_email,
-- teachers_email.
-- takes: arg.role text, arg.email text
-- gives: known text, account int4, email text, name text, password_hash text, is_active bool, password_changed_at text
select lower($2), id, email, name, password_hash, is_active, password_changed_at::text
from (select) one left join practice.accounts on role = $1 and lower(email) = lower($2)
