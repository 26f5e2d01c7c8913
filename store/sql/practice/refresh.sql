-- PRACTICE_REFRESH: new tokens for a session, instead of those it had; no row: its refresh token does not count. Of two requests with one
-- token the second finds it used. Index: sessions_refresh_hash_key.
-- takes: arg.refresh_hash text, arg.token_hash text, arg.new_refresh_hash text, arg.minutes float8
-- gives: expires_in int4
update practice.sessions s
set token_hash = decode($2, 'hex'), refresh_hash = decode($3, 'hex'),
    expires_at = least(now() at time zone 'utc' + make_interval(secs => $4 * 60), s.created_at + interval '30 days'),
    refresh_expires_at = least(now() at time zone 'utc' + interval '7 days', s.created_at + interval '30 days')
where s.refresh_hash = decode($1, 'hex') and s.revoked_at is null and s.refresh_expires_at > now() at time zone 'utc'
  and exists (select from practice.accounts a where a.role = s.role and a.id = s.account_id and a.is_active)
returning floor(extract(epoch from s.expires_at - now() at time zone 'utc'))::int
