-- CLASSROOM_PUT_INVITES: for each invite one message per push token of the person invited for which none of that session
--   waits already. Very long titles and names
--   are cut, for a push has room for 4096 bytes; with 100000 messages waiting nothing is added.
--   Index: fcm_tokens_user, messages_due, messages_push.
-- takes: row.session_id int4[], row.invited_by int4[], row.user_id int4[]
-- batch: 8
insert into outbox.messages (kind, payload)
select distinct on (r.session_id, t.token_id) 'push', jsonb_build_object(
    'token_id', t.token_id, 'user_id', r.user_id,
    'title', 'Session Invitation',
    'body', w.teacher || ' invited you to join ''' || w.title || '''',
    'data', jsonb_build_object('type', 'session_invitation', 'session_id', r.session_id::text, 'session_title', w.title,
                               'teacher_name', w.teacher))
from unnest($1, $2, $3) as r (session_id, invited_by, user_id)
join sessions s on s.session_id = r.session_id
join account.users u on u.user_id = r.invited_by
join fcm_tokens t on t.user_id = r.user_id
cross join lateral (select case when octet_length(u.name) > 600 then left(u.name, 100) || '…' else u.name end as teacher,
                           case when octet_length(s.title) > 1200 then left(s.title, 200) || '…'
                                else coalesce(s.title, '') end as title) w
where not exists (select from outbox.messages m
                  where m.kind = 'push' and m.state <> 'dead' and m.payload ->> 'token_id' = t.token_id::text
                    and m.payload #>> '{data,session_id}' = r.session_id::text)
  and (select count(*) from (select from outbox.messages where state <> 'dead' limit 100000) waiting) < 100000
