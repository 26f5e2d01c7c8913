-- PRACTICE_NEWEST_SESSION: the hash of the token of the newest session of the account with exactly this role, number and address. No row:
-- there is none that counts. Indexes: sessions_account, students_pkey, teachers_pkey.
-- takes: arg.role text, arg.account int4, arg.email text
-- gives: token_hash text
select encode(s.token_hash, 'hex')
from practice.sessions s join practice.accounts a on a.role = s.role and a.id = s.account_id
where s.role = $1 and s.account_id = $2 and s.revoked_at is null and s.expires_at > now() at time zone 'utc' and lower(a.email) = lower($3)
order by s.created_at desc, s.id desc limit 1
