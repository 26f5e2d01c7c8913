-- PRACTICE_CALLER: whose session it is: the one of a token's hash, or else, for a header that its client composed, the newest one of the
-- account with exactly this role, number and address. No row: none that counts. A session in use is renewed once a minute, and ends 30
-- days after its sign-in. Indexes: sessions_token_hash_key, sessions_account, students_pkey, teachers_pkey.
-- takes: arg.token_hash text, arg.role text, arg.account int4, arg.email text, arg.minutes float8
-- gives: session int8, role text, account int4, person int4, name text
with named as (
    select * from practice.sessions
    where token_hash = decode($1, 'hex') and revoked_at is null and expires_at > now() at time zone 'utc'
), newest as (
    select * from practice.sessions
    where $1 is null and role = $2 and account_id = $3 and revoked_at is null and expires_at > now() at time zone 'utc'
    order by created_at desc, id desc limit 1
), found as materialized (
    select s.id as session, s.role, a.id as account, a.person_id, a.name,
           least(now() at time zone 'utc' + make_interval(secs => $5 * 60), s.created_at + interval '30 days') as expires
    from (table named union all table newest) s
    join practice.accounts a on a.role = s.role and a.id = s.account_id
    where a.is_active and ($1 is not null or lower(a.email) = lower($4))
), renewed as (
    update practice.sessions s set expires_at = f.expires from found f
    where s.id = f.session and f.expires - s.expires_at >= interval '1 minute' and s.revoked_at is null
)
select session, role, account, person_id, name from found
