-- COURSES_BY_NAME: what sign-in needs, for a name as it was sent, invisible characters and all: whoever is stored exactly so, else
-- without them. Index: users_plain_name.
-- takes: arg.user_name text
-- gives: user_id int4, password_hash text, user_name text, person json, tokens_from int8
select p.user_id, u.password_hash, p.user_name, courses.person_json(p), extract(epoch from u.tokens_from)::bigint
from courses.users n join courses.people p using (user_id) join account.users u using (user_id)
where account.plain(n.user_name) = account.plain($1)
order by n.user_name = $1 desc, length(n.user_name)
limit 1
