-- COACHING_VALIDATE_INVITE: what an invitation says to whoever has its link. Index: relationship_invites_token.
-- takes: arg.hash text
-- gives: status int4, body json
-- refuses: INVITE_INVALID
select case when i.id is null then 404 else 200 end,
       case when i.id is null then json_build_object('detail', :'INVITE_INVALID')
            else json_build_object('email', i.invitee_email, 'valid', true, 'expires_at', coaching.iso(i.expires_at),
                                   'relationship_type', case coaching.public_type(r.type) when 'romantic' then 'Partner'
                                                        else initcap(coaching.public_type(r.type)) end,
                                   'inviter_name', coalesce(nullif(btrim(u.display_name), ''), u.email)) end
from (select) one left join (coaching.relationship_invites i
     join coaching.relationships r on r.id = i.relationship_id
     join coaching.users u on u.id = i.inviter_user_id) on i.token_hash = $1 and coaching.invite_pending(i.status, i.expires_at)
