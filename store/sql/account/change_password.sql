-- ACCOUNT_CHANGE_PASSWORD: a new password instead of the one that was read, and the end of all tokens so far; no row: it has been
-- changed meanwhile. Streams of the sign-in that is named go on. Indexes: users_pkey, jwt_tokens_user.
-- takes: arg.user_id int4, arg.old text, arg.new text, arg.now timestamp, arg.sign_in text
-- gives: tokens_from int8
with changed as (
    update account.users
    set password_hash = $3, kept_sign_in = $5,
        (tokens_from, kept_from) = (select t, t from (values (
            greatest(date_trunc('second', greatest($4, now() at time zone 'utc')), tokens_from) + interval '1 second')) as v (t))
    where user_id = $1 and password_hash = $2
    returning user_id, tokens_from
), needless as (
    delete from classroom.jwt_tokens where user_id in (select user_id from changed)
)
select extract(epoch from tokens_from)::bigint from changed
