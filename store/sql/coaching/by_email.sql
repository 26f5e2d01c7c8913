-- COACHING_BY_EMAIL: what sign-in needs. Index: users_email.
-- takes: arg.email text
-- gives: account text, person int4, password_hash text, is_active bool
select id, person_id, password_hash, is_active from coaching.users where lower(email) = lower($1)
