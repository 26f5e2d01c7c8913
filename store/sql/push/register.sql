-- PUSH_REGISTER: a push token becomes, or stays, the caller's; created_at is when it became so. A person
--   keeps the 50 used last. Index: fcm_tokens_token, fcm_tokens_user.
-- takes: caller.user_id int4, body.token text, body.device_type text
-- gives: status int4, body json
with put as (
    insert into fcm_tokens as t (user_id, token, device_type, last_used)
    values ($1, $2, left($3, 20), now() at time zone 'utc')
    on conflict (token_digest(token)) do update
    set user_id = excluded.user_id, device_type = excluded.device_type, last_used = excluded.last_used,
        created_at = case when t.user_id = excluded.user_id then t.created_at else excluded.created_at end
    returning token_id, created_at = last_used as fresh
), trimmed as (
    delete from fcm_tokens
    where token_id in (select token_id from fcm_tokens
                       where user_id = $1 and token_id not in (select token_id from put)
                       order by last_used desc nulls last, token_id desc offset 49)
)
select 200, json_build_object('ok', true, 'message', case when fresh then 'Token registered' else 'Token updated' end)
from put
