-- PRACTICE_RENEW_HASH: replaces an old form of a password hash after a successful sign-in, unless it changed meanwhile. A hash is one
-- account's, of either kind. Indexes: students_pkey, teachers_pkey.
-- takes: arg.account int4, arg.old text, arg.new text
with student as (update practice.students set password_hash = $3 where id = $1 and password_hash = $2)
update practice.teachers set password_hash = $3 where id = $1 and password_hash = $2
