-- ACCOUNT_RENEW_HASH: replaces an old form of a password hash after a successful sign-in, unless it changed meanwhile.
-- takes: arg.user_id int4, arg.old text, arg.new text
update account.users set password_hash = $3 where user_id = $1 and password_hash = $2
