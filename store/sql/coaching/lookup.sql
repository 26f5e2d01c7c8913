-- COACHING_LOOKUP: who has an address. Index: users_email.
-- takes: arg.email text, arg.blocked text
-- gives: status int4, body json
with asked as (
    select exists (select from (select split_part(lower($1), '@', 2) as domain) of_it, string_to_table(lower($2), ',') as part, btrim(part) as name
                   where name <> '' and (domain = name or right(domain, length(name) + 1) = '.' || name)) as blocked
), found as (
    select id, coaching.shown_name(display_name, email) as name from coaching.users, asked
    where lower(email) = lower($1) and is_active and not blocked
)
select 200, json_build_object('status', case when blocked then 'BLOCKED' when id is null then 'NOT_FOUND' else 'EXISTS' end,
                              'user', case when id is not null then json_build_object('id', id, 'display_name', name) end)
from asked left join found on true
