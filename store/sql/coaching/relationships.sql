-- COACHING_RELATIONSHIPS: the relationships of which the caller is a member, whatever became of their place, in the order in which they
-- were made. Indexes: users_person, relationship_members_user, relationships_pkey.
-- takes: caller.user_id int4
-- gives: status int4, body json
select 200, coalesce(json_agg(coaching.relationship_json(r.id, r.type, r.status) order by r.created_at, r.id), '[]')
from coaching.users u
join coaching.relationship_members m on m.user_id = u.id
join coaching.relationships r on r.id = m.relationship_id
where u.person_id = $1
