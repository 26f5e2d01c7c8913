-- COACHING_RENEW_INVITE: a fresh link for a pending invitation, number $4 of it; the one before is dead. Nothing is renewed, and `last` says
-- which number it has, where that is not the one before. Indexes: relationship_invites_pkey, users_person, relationship_members_pkey.
-- takes: arg.person int4, arg.relationship_id text, arg.id text, arg.generation int4, arg.hash text
-- gives: status int4, body json, last int4
-- refuses: NOT_A_MEMBER, INVITE_NOT_FOUND, INVITE_NOT_PENDING
with who as (
    select exists (select from coaching.users u where u.person_id = $1 and coaching.is_member($2, u.id)) as member
), found as materialized (
    select i.id, i.generation, coaching.invite_pending(i.status, i.expires_at) as pending
    from coaching.relationship_invites i, who where who.member and i.relationship_id = $2 and i.id = $3
), renewed as (
    update coaching.relationship_invites i
    set generation = $4, token_hash = $5, expires_at = now() at time zone 'utc' + interval '7 days'
    from found f
    where i.id = f.id and i.generation = $4 - 1 and coaching.invite_pending(i.status, i.expires_at)
    returning i.id
)
select case when not member then 403 when f.id is null then 404 when f.pending then 200 else 400 end,
       json_build_object('detail', case when not member then :'NOT_A_MEMBER' when f.id is null then :'INVITE_NOT_FOUND' else :'INVITE_NOT_PENDING' end),
       case when not exists (table renewed) then f.generation end
from who left join found f on true
