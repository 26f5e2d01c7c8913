-- COACHING_NOTIFICATIONS_UNREAD: how much of what the caller has been told is unread, counted up to 1000. Index: notifications_unread.
-- takes: caller.user_id int4
-- gives: status int4, body json
select 200, json_build_object('unread_count', count(*))
from (select from coaching.users u join coaching.notifications n on n.user_id = u.id
      where u.person_id = $1 and n.read_at is null limit 1000) unread
