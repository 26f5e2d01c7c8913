-- CLASSROOM_INVITEE: whom an invite names, and on how many devices a push would reach them. Index: fcm_tokens_user.
-- takes: arg.user_id int4
-- gives: name text, role text, tokens int8
select name, role, (select count(*) from fcm_tokens t where t.user_id = $1)
from account.users where user_id = $1 and role is not null
