-- ACCOUNT_BY_PHONE: what sign-in needs, for a number as it was sent, invisible characters and all: whoever is stored exactly so, else
-- without them. Index: users_plain_phone.
-- takes: arg.phone_number text
-- gives: user_id int4, password_hash text, role text, name text, tokens_from int8
select user_id, password_hash, role, name, extract(epoch from tokens_from)::bigint
from account.users where account.plain(phone_number) = account.plain($1)
order by phone_number = $1 desc, length(phone_number)
limit 1
