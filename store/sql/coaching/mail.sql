-- COACHING_MAIL: what the mail of an invitation says; nothing when it is not wanted any more: the invitation is spent, canceled, declined
--   or over, a newer link has taken its place, or who invited is not active any more. Index: relationship_invites_pkey.
-- takes: arg.invite text, arg.generation int4, arg.base text
-- gives: invite text, generation int4, base text, email text, type text, inviter text, message text
select i.id, i.generation, $3, i.invitee_email, coaching.public_type(r.type), coalesce(nullif(btrim(u.display_name), ''), u.email),
       coalesce(i.message, '')
from coaching.relationship_invites i
join coaching.relationships r on r.id = i.relationship_id
join coaching.users u on u.id = i.inviter_user_id and u.is_active
where i.id = $1 and i.generation = $2 and i.status in ('CREATED', 'SENT', 'OPENED') and i.expires_at > now() at time zone 'utc'
