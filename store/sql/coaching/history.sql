-- COACHING_HISTORY: the sessions in which the caller takes part, newest first. Indexes: session_participants_user, sessions_pkey.
-- takes: caller.user_id int4, query.limit int4
-- gives: status int4, body json
select 200, coalesce(json_agg(json_build_object('id', id, 'relationship_id', relationship_id, 'status', status, 'created_at', coaching.iso(created_at))
                              order by created_at desc, id desc), '[]')
from (select s.* from coaching.users u
      join coaching.session_participants p on p.user_id = u.id
      join coaching.sessions s on s.id = p.session_id
      where u.person_id = $1 order by s.created_at desc, s.id desc limit $2) page
