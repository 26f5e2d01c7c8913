-- ACCOUNT_BY_ID: who somebody is, and the roles in all areas as "area:word area:word". Indexes: users_pkey, roles_pkey.
-- takes: arg.user_id int4
-- gives: name text, roles text
select u.name,
       concat_ws(' ', 'classroom:' || u.role,
                 (select string_agg(r.area || ':' || r.role, ' ') from account.roles r where r.user_id = u.user_id))
from account.users u where u.user_id = $1
