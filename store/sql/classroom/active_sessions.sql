-- CLASSROOM_ACTIVE: active sessions: a teacher's own, everybody's for the others. Index: sessions_active.
-- takes: caller.user_id int4
-- gives: status int4, body json
select 200, coalesce(json_agg(json_build_object(
           'session_id', s.session_id, 'title', s.title, 'is_active', s.is_active, 'created_by', s.created_by,
           'created_at', iso(s.created_at), 'ended_at', iso(s.ended_at), 'participant_count', p.n, 'teacher_name', u.name)
           order by s.session_id), '[]')
from sessions s
left join account.users u on u.user_id = s.created_by
cross join lateral (select count(*) as n from participants
                    where session_id = s.session_id and not is_kicked and left_at is null) p
where s.is_active
  and (s.created_by = $1 or not exists (select 1 from account.users where user_id = $1 and role = 'teacher'))
