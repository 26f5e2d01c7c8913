-- PRACTICE_CALLER: whose session it is: the one of a token's hash, or else, for a header that its client composed, the newest one of the
-- account with exactly this role, number and address. No row: none that counts. A session in use is renewed once a minute, and ends 30
-- days after its sign-in. Indexes: sessions_token_hash_key, sessions_account, students_pkey, teachers_pkey.
-- takes: arg.token_hash text, arg.role text, arg.account int4, arg.email text, arg.minutes float8
-- gives: session int8, role text, account int4, person int4, name text
with now as (
    select now() at time zone 'utc' as moment
), named as (
    select s.* from practice.sessions s, now
    where s.token_hash = decode($1, 'hex') and s.revoked_at is null and s.expires_at > now.moment
), newest as (
    select s.* from practice.sessions s, now
    where $1 is null and s.role = $2 and s.account_id = $3 and s.revoked_at is null and s.expires_at > now.moment
    order by s.created_at desc, s.id desc limit 1
), found as materialized (
    select s.id as session, s.role, a.id as account, a.person_id, a.name,
           least(now.moment + make_interval(secs => $5 * 60), s.created_at + interval '30 days') as expires
    from (table named union all table newest) s
    join practice.accounts a on a.role = s.role and a.id = s.account_id, now
    where a.is_active and ($1 is not null or lower(a.email) = lower($4))
), renewed as (
    update practice.sessions s set expires_at = f.expires from found f
    where s.id = f.session and f.expires - s.expires_at >= interval '1 minute' and s.revoked_at is null
)
select session, role, account, person_id, name from found
