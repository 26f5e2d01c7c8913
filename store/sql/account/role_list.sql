-- ACCOUNT_ROLE_LIST: who has which role where, of one person or (null) of everybody.
-- takes: arg.user_id int4
-- gives: user_id int4, area text, role text, name text
select u.user_id, r.area, r.role, u.name
from account.users u
join (select user_id, 'classroom' as area, role from account.users where role is not null
      union all select user_id, area, role from account.roles) r on r.user_id = u.user_id
where $1 is null or u.user_id = $1
order by u.user_id, r.area
