-- COACHING_INVITE: an invitation by a member, its mail on the way, and the place of whoever is known by that address. No more than 200 a day
-- of one person. Indexes: users_person, users_email, relationships_pkey, relationship_members_pkey, relationship_invites_inviter.
-- takes: arg.person int4, arg.relationship_id text, arg.id text, arg.hash text, arg.email text, arg.role text, arg.message text, arg.base text
-- gives: status int4, body json, expires_at text
-- refuses: NOT_A_MEMBER, TOO_MANY_INVITES
with held as materialized (
    select r.id as relationship, u.id as inviter from coaching.users u, coaching.relationships r
    where u.person_id = $1 and r.id = $2 and coaching.is_member(r.id, u.id) for key share
), may as (
    select * from held h
    where (select count(*) from coaching.relationship_invites
           where inviter_user_id = h.inviter and created_at > now() at time zone 'utc' - interval '1 day') < 200
), invited as materialized (
    select u.id from coaching.users u, may where lower(u.email) = lower($5) for key share of u
), made as (
    insert into coaching.relationship_invites (id, relationship_id, inviter_user_id, invitee_email, invitee_user_id, invitee_role, status,
                                               token_hash, expires_at, message, sent_at)
    select $3, relationship, inviter, coaching.kept_email($5), (table invited),
           case when upper($6) in ('PARTNER', 'CHILD', 'FRIEND', 'FAMILY', 'OTHER') then upper($6) end::coaching.invitee_role, 'SENT',
           $4, now() at time zone 'utc' + interval '7 days', $7, now() at time zone 'utc'
    from may
    returning *
), placed as (
    insert into coaching.relationship_members as m (relationship_id, user_id, role, member_status)
    select relationship_id, invitee_user_id, 'MEMBER', 'INVITED' from made where invitee_user_id is not null
    on conflict (relationship_id, user_id) do update
    set member_status = 'INVITED', added_at = excluded.added_at, responded_at = null where m.member_status in ('DECLINED', 'REMOVED')
), mailed as (
    insert into outbox.messages (kind, payload)
    select 'mail', jsonb_build_object('invite', id, 'generation', generation, 'base', $8) from made
)
select case when made.id is not null then 200 when exists (table held) then 429 else 403 end,
       case when made.id is null then json_build_object('detail', case when exists (table held) then :'TOO_MANY_INVITES' else :'NOT_A_MEMBER' end) end,
       coaching.iso(made.expires_at)
from (select) one left join made on true
