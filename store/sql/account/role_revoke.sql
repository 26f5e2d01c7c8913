-- ACCOUNT_ROLE_REVOKE: takes a person's role in an area away; no row: they had none.
-- takes: arg.user_id int4, arg.area text
-- gives: user_id int4
with here  as (update account.users set role = null where user_id = $1 and $2 = 'classroom' and role is not null
               returning user_id),
     there as (delete from account.roles where user_id = $1 and area = $2 returning user_id)
select user_id from here union all select user_id from there
