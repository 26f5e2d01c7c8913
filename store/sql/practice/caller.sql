-- PRACTICE_CALLER: whose session it is, by its token's hash. No row: none that counts. A session in use is renewed once a minute, and ends
-- 30 days after its sign-in. Indexes: sessions_token_hash_key, students_pkey, teachers_pkey.
-- takes: arg.token_hash text, arg.minutes float8
-- gives: session int8, role text, account int4, person int4, name text
with found as materialized (
    select s.id as session, s.role, a.id as account, a.person_id, a.name,
           least(now() at time zone 'utc' + make_interval(secs => $2 * 60), s.created_at + interval '30 days') as expires
    from practice.sessions s join practice.accounts a on a.role = s.role and a.id = s.account_id
    where s.token_hash = decode($1, 'hex') and s.revoked_at is null and s.expires_at > now() at time zone 'utc' and a.is_active
), renewed as (
    update practice.sessions s set expires_at = f.expires from found f
    where s.id = f.session and f.expires - s.expires_at >= interval '1 minute' and s.revoked_at is null
)
select session, role, account, person_id, name from found
