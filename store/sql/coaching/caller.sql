-- COACHING_CALLER: whose account it is, if it is one still. Index: users_pkey.
-- takes: arg.account text
-- gives: person int4, name text
select person_id, coaching.shown_name(display_name, email) from coaching.users where id = $1 and is_active
