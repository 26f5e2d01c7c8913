-- PRACTICE_SIGN_OUT: ends the session by which the caller came; or all of the account. Indexes: sessions_pkey, sessions_account.
-- takes: caller.session int8, query.everywhere bool, caller.role text, caller.account int4
-- gives: status int4, body json
with ended as (
    update practice.sessions set revoked_at = now() at time zone 'utc'
    where revoked_at is null and case when $2 then role = $3 and account_id = $4 else id = $1 end
)
select 200, json_build_object('message', 'Signed out')
