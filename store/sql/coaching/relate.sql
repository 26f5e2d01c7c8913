-- COACHING_RELATE: a relationship of the caller with some people, who are held, so that whoever goes meanwhile is not found. Indexes:
-- users_person, users_pkey.
-- takes: caller.user_id int4, body.type text, body.member_ids jsonb
-- gives: status int4, body json
-- refuses: USER_ID_NOT_FOUND
with me as (
    select id from coaching.users where person_id = $1
), named as materialized (
    select id, min(place) as place
    from (select id, 0 as place from me union all
          select id, place from jsonb_array_elements_text($3) with ordinality as given (id, place)) all_named group by id
), people as materialized (
    select id from coaching.users where id in (select id from named) for key share
), unknown as materialized (
    select id from named where id not in (table people) order by place limit 1
), made as (
    insert into coaching.relationships (type, status, created_by_user_id)
    select coaching.type_of($2), case when (select count(*) from named) > 1 then 'ACTIVE' else 'DRAFT' end::coaching.relationship_status, id
    from me where not exists (table unknown)
    returning id, type, status
), placed as (
    insert into coaching.relationship_members (relationship_id, user_id, role, member_status, responded_at)
    select made.id, named.id, case when place = 0 then 'OWNER' else 'MEMBER' end::coaching.member_role, 'ACCEPTED', now() at time zone 'utc'
    from made, named
)
select case when made.id is null then 404 else 200 end,
       case when made.id is null then json_build_object('detail', format(:'USER_ID_NOT_FOUND', (table unknown)))
            else coaching.relationship_json(made.id, made.type, made.status) end
from (select) one left join made on true
