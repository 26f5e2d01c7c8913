-- ACCOUNT_BY_ID: who somebody is, for the identity of a request. Index: users_pkey.
-- takes: arg.user_id int4
-- gives: name text, role text
select name, role from account.users where user_id = $1
