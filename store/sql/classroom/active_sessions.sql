-- CLASSROOM_ACTIVE: active sessions: a teacher's own, everybody's for the others, a thousand at a time (transport/http/list.h).
-- Indexes: sessions_active, ix_participants_session_id_user_id.
-- takes: caller.user_id int4, list.after text
-- gives: key text, item json, over bool
select session_id::text as key, json_build_object(
           'session_id', s.session_id, 'title', s.title, 'is_active', s.is_active, 'created_by', s.created_by,
           'created_at', iso(s.created_at), 'ended_at', iso(s.ended_at), 'participant_count', p.n, 'teacher_name', u.name),
       s.place = s.n and s.n < 1000
from (select one.*, row_number() over (order by session_id) as place, count(*) over () as n
      from (select * from sessions
            where is_active and session_id > coalesce($2::int4, 0)
              and (created_by = $1 or not exists (select 1 from account.users where user_id = $1 and role = 'teacher'))
            order by session_id limit 1000) one) s
left join account.users u on u.user_id = s.created_by
cross join lateral (select count(*) as n from participants
                    where session_id = s.session_id and not is_kicked and left_at is null) p
order by s.session_id
