-- COACHING_ACTIVE: the account, if it is one still. Index: users_pkey.
-- takes: arg.account text
-- gives: account text
select id from coaching.users where id = $1 and is_active
