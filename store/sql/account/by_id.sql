-- ACCOUNT_BY_ID: who somebody is, the roles in all areas as "area:word area:word", and since when tokens count, seconds
-- since 1970. Indexes: users_pkey, roles_pkey.
-- takes: arg.user_id int4
-- gives: name text, roles text, tokens_from int8
select u.name,
       concat_ws(' ', 'classroom:' || u.role,
                 (select string_agg(r.area || ':' || r.role, ' ') from account.roles r where r.user_id = u.user_id)),
       extract(epoch from u.tokens_from)::bigint
from account.users u where u.user_id = $1
