-- CLASSROOM_TOKEN_REMOVE: forgets a push token of the caller's. Index: fcm_tokens_token.
-- takes: arg.user_id int4, arg.token text
-- gives: body json
with gone as (delete from fcm_tokens where token_digest(token) = token_digest($2) and user_id = $1 returning 1)
select json_build_object('ok', true, 'message',
                         case when exists (table gone) then 'Token removed' else 'Token not found' end)
