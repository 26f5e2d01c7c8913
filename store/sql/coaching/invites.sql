-- COACHING_INVITES: the invitations to a relationship for its members, the newest 500, newest first. Index: relationship_invites_relationship.
-- takes: caller.user_id int4, path.relationship_id text
-- gives: status int4, body json
-- refuses: NOT_A_MEMBER
select case when member then 200 else 403 end,
       case when not member then json_build_object('detail', :'NOT_A_MEMBER')
            else (select coalesce(json_agg(json_build_object(
                             'invite_id', id, 'email', invitee_email, 'role', invitee_role, 'status', coaching.invite_status_now(status, expires_at),
                             'expires_at', coaching.iso(expires_at), 'created_at', coaching.iso(created_at), 'inviter_user_id', inviter_user_id)
                             order by created_at desc, id), '[]')
                  from (select * from coaching.relationship_invites where relationship_id = $2 order by created_at desc, id limit 500) newest) end
from (select exists (select from coaching.users u where u.person_id = $1 and coaching.is_member($2, u.id)) as member) who
