-- Undoes 0007_push_tokens.up.sql; whose tokens moved stays as it is.
drop index classroom.fcm_tokens_token;
drop function classroom.token_digest(text);
