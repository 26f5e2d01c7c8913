-- COACHING_RENEW_HASH: replaces an old form of a password hash after a successful sign-in, unless it changed meanwhile. Index: users_person.
-- takes: arg.person int4, arg.old text, arg.new text
update coaching.users set password_hash = $3 where person_id = $1 and password_hash = $2
