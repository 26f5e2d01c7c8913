-- ACCOUNT_REVOKE: tokens of a person's sign-ins up to now, by the server's clock and this one, do not count any more; later ones
-- do, even of the same second (they are given the time that stands here). Index: users_pkey.
-- takes: arg.user_id int4, arg.now timestamp
-- gives: name text
update account.users
set tokens_from = greatest(date_trunc('second', greatest($2, now() at time zone 'utc')), tokens_from) + interval '1 second'
where user_id = $1
returning name
