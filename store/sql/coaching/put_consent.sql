-- COACHING_PUT_CONSENT: what the caller consents to in a relationship. Indexes: users_person, relationships_pkey, relationship_members_pkey,
-- relationship_consents_pkey.
-- takes: caller.user_id int4, path.relationship_id text, path.user_id text, body.scopes jsonb, body.status text
-- gives: status int4, body json
-- refuses: RELATIONSHIP_NOT_FOUND, NOT_AUTHORIZED, NOT_A_MEMBER
with who as materialized (
    select id, $3 in ('me', id) as own, exists (select from coaching.relationships where id = $2) as known from coaching.users where person_id = $1
), written as materialized (
    select coaching.put_consent($2, id, $4, $5::coaching.consent_status) as version from who where own and known
)
select case when not known then 404 when version is null then 403 else 200 end,
       case when not known then json_build_object('detail', format(:'RELATIONSHIP_NOT_FOUND', $2))
            when not own then json_build_object('detail', :'NOT_AUTHORIZED')
            when version is null then json_build_object('detail', :'NOT_A_MEMBER')
            else json_build_object('ok', true, 'version', version) end
from who left join written on true
