-- PUSH_TARGET: the device of a push, if it is still the one of the person it is meant for. Index:
--   fcm_tokens_pkey.
-- takes: arg.token_id int4, arg.user_id int4
-- gives: token text
select token from fcm_tokens where token_id = $1 and user_id = $2
