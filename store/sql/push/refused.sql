-- PUSH_REFUSED: forgets a token that the push service does not know. Index: fcm_tokens_pkey.
-- takes: arg.token_id int4, arg.token text
delete from fcm_tokens where token_id = $1 and token = $2
