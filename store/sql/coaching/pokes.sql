-- COACHING_POKES: what the members of a relationship have poked each other with, the newest 100, newest first. Index: poke_events_relationship.
-- takes: caller.user_id int4, query.rid text
-- gives: status int4, body json
-- refuses: NOT_A_MEMBER
select case when member then 200 else 403 end,
       case when not member then json_build_object('detail', :'NOT_A_MEMBER')
            else (select coalesce(json_agg(json_build_object('id', id, 'type', type, 'emoji', emoji, 'sender_id', sender_id,
                                                             'receiver_id', receiver_id, 'created_at', coaching.iso(created_at))
                                           order by created_at desc, id desc), '[]')
                  from (select * from coaching.poke_events where relationship_id = $2 order by created_at desc, id desc limit 100) newest) end
from (select exists (select from coaching.users u where u.person_id = $1 and coaching.is_member($2, u.id)) as member) who
