-- COACHING_BY_EMAIL: what sign-in needs, and what an address is called in any spelling, whether it is somebody's or not. Index: users_email.
-- takes: arg.email text
-- gives: known text, account text, person int4, password_hash text, is_active bool
select lower($1), id, person_id, password_hash, is_active from (select) one left join coaching.users on lower(email) = lower($1)
