-- COACHING_CONSENTS: the members of a relationship and what they consent to, for its members. Indexes: users_person, relationships_pkey,
-- relationship_members_pkey, relationship_consents_pkey.
-- takes: caller.user_id int4, path.relationship_id text
-- gives: status int4, body json
-- refuses: RELATIONSHIP_NOT_FOUND, NOT_A_MEMBER
select case when r.id is null then 404 when not member then 403 else 200 end,
       case when r.id is null then json_build_object('detail', format(:'RELATIONSHIP_NOT_FOUND', $2))
            when not member then json_build_object('detail', :'NOT_A_MEMBER')
            else json_build_object('relationship_status', lower(r.status::text), 'members',
                (select json_agg(json_build_object('user_id', m.user_id, 'member_status', m.member_status,
                                                   'consent_status', coalesce(c.status, 'DRAFT'), 'scopes', coalesce(c.scopes, '[]'))
                                 order by m.role, m.added_at, m.user_id)
                 from coaching.relationship_members m left join coaching.relationship_consents c using (relationship_id, user_id)
                 where m.relationship_id = r.id)) end
from coaching.users u left join coaching.relationships r on r.id = $2, lateral (select coaching.is_member(r.id, u.id) as member) of_it
where u.person_id = $1
