-- ACCOUNT_SIGN_OUT: tokens of one sign-in of a person do not count any more. At most 64 such are kept for a person: with more,
-- whatever is as old as the oldest ends, and the row goes. Rows whose last token has ended go too, a few each time. Indexes:
-- jwt_tokens_token_key, jwt_tokens_user, jwt_tokens_expires, users_pkey.
-- takes: arg.user_id int4, arg.sign_in text, arg.signed_in timestamp, arg.expires timestamp, arg.now timestamp
-- gives: user_id int4
with spent as (
    delete from classroom.jwt_tokens
    where token_id in (select token_id from classroom.jwt_tokens where expires_at < $5 and token <> $2
                       order by expires_at limit 100 for update skip locked)
), ended as (
    insert into classroom.jwt_tokens as t (user_id, token, issued_at, expires_at, is_revoked, revoked_at)
    values ($1, $2, $3, $4, true, $5)
    on conflict (token) do update
    set is_revoked = true, revoked_at = excluded.revoked_at, expires_at = greatest(t.expires_at, excluded.expires_at)
    returning 1
), many as materialized (
    select token_id, issued_at from classroom.jwt_tokens
    where user_id = $1 and is_revoked and expires_at >= $5 and token <> $2
    order by issued_at desc, token_id desc offset 63
), folded as (
    delete from classroom.jwt_tokens where token_id in (select token_id from many)
), moved as (
    update account.users set tokens_from = greatest(tokens_from, (select max(issued_at) + interval '1 second' from many))
    where user_id = $1 and exists (table many)
)
select user_id from account.users where user_id = $1
