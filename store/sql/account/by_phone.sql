-- ACCOUNT_BY_PHONE: what sign-in needs. Index: users_phone_number_key.
-- takes: arg.phone_number text
-- gives: user_id int4, password_hash text, role text, name text, tokens_from int8
select user_id, password_hash, role, name, extract(epoch from tokens_from)::bigint
from account.users where phone_number = $1
