-- COACHING_CREATE_SESSION: a session of some members of a relationship, with the caller among them. Who may not read a relationship is told
-- before others' places in it are. The relationship and the people are held, so that what goes meanwhile is not found. Indexes:
-- relationships_pkey, relationship_members_pkey, users_person.
-- takes: caller.user_id int4, body.relationship_id text, body.participants jsonb
-- gives: status int4, body json
-- refuses: RELATIONSHIP_NOT_FOUND, NOT_A_MEMBER, OTHER_NOT_A_MEMBER
with held as materialized (
    select id from coaching.relationships where id = $2 for key share
), me as materialized (
    select u.id from coaching.users u, held where u.person_id = $1 and coaching.is_member(held.id, u.id)
), named as materialized (
    select id, min(place) as place
    from (select id, 0 as place from me union all
          select given.id, place from me, jsonb_array_elements_text(coalesce($3, '[]')) with ordinality as given (id, place)) all_named group by 1
), stranger as (
    select named.id from named, held where not coaching.is_member(held.id, named.id) order by place limit 1
), people as materialized (
    select id from coaching.users where id in (select id from named) and not exists (table stranger) for key share
), made as (
    insert into coaching.sessions (relationship_id, created_by_user_id)
    select held.id, me.id from held, me where (select count(*) from people) = (select count(*) from named)
    returning id
), joined as (
    insert into coaching.session_participants (session_id, user_id) select made.id, people.id from made, people
)
select case when made.id is not null then 200 when exists (table held) then 403 else 404 end,
       case when made.id is not null then json_build_object('id', made.id, 'status', 'ACTIVE')
            when not exists (table held) then json_build_object('detail', format(:'RELATIONSHIP_NOT_FOUND', $2))
            when exists (table stranger) then json_build_object('detail', format(:'OTHER_NOT_A_MEMBER', (table stranger)))
            else json_build_object('detail', :'NOT_A_MEMBER') end
from (select) one left join made on true
