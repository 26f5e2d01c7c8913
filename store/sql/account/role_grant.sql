-- ACCOUNT_ROLE_GRANT: gives a person a role in an area, instead of the one they had there; no row: there is no such person.
-- takes: arg.user_id int4, arg.area text, arg.role text
-- gives: name text
with person as (select user_id, name from account.users where user_id = $1 for no key update),
     here   as (update account.users u set role = $3 from person p where u.user_id = p.user_id and $2 = 'classroom'),
     there  as (insert into account.roles (user_id, area, role)
                select user_id, $2, $3 from person where $2 <> 'classroom'
                on conflict (user_id, area) do update set role = excluded.role)
select name from person
