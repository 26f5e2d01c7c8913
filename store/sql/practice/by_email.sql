-- PRACTICE_BY_EMAIL: what sign-in needs. Indexes: students_email, teachers_email.
-- takes: arg.role text, arg.email text
-- gives: account int4, email text, name text, password_hash text, is_active bool, password_changed_at text
select id, email, name, password_hash, is_active, password_changed_at::text
from practice.accounts where role = $1 and lower(email) = lower($2)
