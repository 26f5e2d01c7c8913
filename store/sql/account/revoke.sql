-- ACCOUNT_REVOKE: tokens of a person that were issued up to this second do not count any more. Index: users_pkey.
-- takes: arg.user_id int4
-- gives: name text
update account.users set tokens_from = date_trunc('second', now() at time zone 'utc') + interval '1 second'
where user_id = $1
returning name
