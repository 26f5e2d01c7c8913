-- COACHING_HISTORY: the sessions in which the caller takes part, newest first. Indexes: users_person, session_participants_user, sessions_pkey.
-- takes: caller.user_id int4, query.limit int4
-- gives: status int4, body json
select 200, coalesce(json_agg(json_build_object('id', id, 'relationship_id', relationship_id, 'status', status, 'created_at', coaching.iso(created_at))
                              order by created_at desc, id desc), '[]')
from (select session_id from coaching.session_participants
      where user_id = (select id from coaching.users where person_id = $1) order by created_at desc, session_id desc limit $2) page
join coaching.sessions on id = session_id
