-- COACHING_PART: ends a relationship for all its members, with all that hangs on it. Indexes: users_person, relationships_pkey,
-- relationship_members_pkey, and those by which its rows go with it.
-- takes: caller.user_id int4, path.relationship_id text
-- gives: status int4, body json
-- refuses: RELATIONSHIP_NOT_FOUND, NOT_A_MEMBER
with who as materialized (
    select u.id, r.id as relationship, coaching.is_member(r.id, u.id) as member
    from coaching.users u left join coaching.relationships r on r.id = $2 where u.person_id = $1
), gone as (
    delete from coaching.relationships where id in (select relationship from who where member)
)
select case when relationship is null then 404 when not member then 403 else 200 end,
       case when relationship is null then json_build_object('detail', format(:'RELATIONSHIP_NOT_FOUND', $2))
            when not member then json_build_object('detail', :'NOT_A_MEMBER')
            else json_build_object('ok', true) end
from who
