-- CLASSROOM_INVITEE: whom an invite names, and on how many devices a push will reach them: of a full outbox where one waits
--   already (CLASSROOM_PUT_INVITES). Index: fcm_tokens_user, messages_due, messages_push.
-- takes: arg.user_id int4, arg.session_id int4
-- gives: name text, role text, tokens int8
select name, role, (
    select count(*) from fcm_tokens t
    where t.user_id = $1
      and ((select count(*) from (select from outbox.messages where state <> 'dead' limit 100000) waiting) < 100000
           or exists (select from outbox.messages m
                      where m.kind = 'push' and m.state <> 'dead' and m.payload ->> 'token_id' = t.token_id::text
                        and m.payload #>> '{data,session_id}' = $2::text)))
from account.users where user_id = $1 and role is not null
