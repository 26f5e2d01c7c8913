-- CLASSROOM_ENDED: a teacher's own ended sessions, newest first, a page at a time. Index: sessions_active.
-- takes: caller.user_id int4, query.before int4, query.limit int4
-- gives: status int4, body json
select 200, coalesce(json_agg(json_build_object(
           'session_id', s.session_id, 'title', s.title, 'is_active', s.is_active, 'created_by', s.created_by,
           'created_at', iso(s.created_at), 'ended_at', iso(s.ended_at), 'participant_count', p.n, 'teacher_name', u.name)
           order by s.session_id desc), '[]')
from (select * from sessions where not is_active and created_by = $1 and ($2 is null or session_id < $2)
      order by session_id desc limit $3) s
join account.users u on u.user_id = s.created_by
cross join lateral (select count(*) as n from participants
                    where session_id = s.session_id and not is_kicked and left_at is null) p
