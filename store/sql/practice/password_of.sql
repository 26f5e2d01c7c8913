-- PRACTICE_PASSWORD_OF: what a change of the password needs. Indexes: students_pkey, teachers_pkey.
-- takes: arg.role text, arg.account int4
-- gives: password_hash text
select password_hash from practice.accounts where role = $1 and id = $2
