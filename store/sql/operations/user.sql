-- OPERATIONS_USER: a person, for operators. Indexes: users_pkey, roles_pkey.
-- takes: arg.user_id int4
-- gives: data text
select json_build_object('user_id', u.user_id, 'name', u.name,
                         'roles', (select coalesce(json_object_agg(area, role), '{}')
                                   from (select 'classroom' as area, u.role where u.role is not null
                                         union all
                                         select r.area, r.role from account.roles r where r.user_id = u.user_id) as every),
                         'created_at', iso(u.created_at),
                         'tokens_from', iso(u.tokens_from))::text
from account.users u where u.user_id = $1
