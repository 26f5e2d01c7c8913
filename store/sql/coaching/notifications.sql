-- COACHING_NOTIFICATIONS: a page of what the caller has been told, newest first: those before the one given. Index: notifications_seq.
-- takes: caller.user_id int4, query.before text, query.limit int4
-- gives: status int4, body json
-- refuses: NOTIFICATION_NOT_FOUND
with me as (
    select id from coaching.users where person_id = $1
), edge as (
    select n.seq from coaching.notifications n, me where n.id = $2 and n.user_id = me.id
)
select case when known then 200 else 404 end,
       case when not known then json_build_object('detail', :'NOTIFICATION_NOT_FOUND')
            else (select coalesce(json_agg(coaching.notification_json(page::coaching.notifications) order by seq desc), '[]')
                  from (select * from coaching.notifications
                        where user_id = (table me) and seq < coalesce((table edge), 9223372036854775807) order by seq desc limit $3) page) end
from (select $2 is null or exists (table edge) as known) asked
