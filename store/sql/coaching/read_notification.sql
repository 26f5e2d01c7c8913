-- COACHING_READ_NOTIFICATION: the caller has read what they were told; the first time counts. Index: notifications_pkey.
-- takes: caller.user_id int4, path.notification_id text
-- gives: status int4, body json
-- refuses: NOTIFICATION_NOT_FOUND
with read as (
    update coaching.notifications n set read_at = coalesce(n.read_at, now() at time zone 'utc')
    from coaching.users u
    where u.person_id = $1 and n.id = $2 and n.user_id = u.id
    returning n.*
)
select case when n.id is null then 404 else 200 end,
       case when n.id is null then json_build_object('detail', :'NOTIFICATION_NOT_FOUND')
            else coaching.notification_json(n::coaching.notifications) end
from (select) one left join read n on true
