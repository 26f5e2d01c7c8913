-- COACHING_LOAD: everything a session knows, to build its room anew: one row per participant, who created it first, or one without any.
--   No row: no such session. Indexes: sessions_number, session_participants_pkey, nudge_events_window, nudge_events_seq.
-- takes: arg.number int4
-- gives: sid text, creator int4, is_active bool, epoch int4, seq int8, last timestamp, person_id int4, user_id text, name text, nudged_at timestamp
select s.id, (select person_id from coaching.users where id = s.created_by_user_id), s.status = 'ACTIVE', s.epoch,
       greatest(s.ended_seq, said.seq, 0), greatest(s.ended_at, said.at), u.person_id, u.id,
       coalesce(u.display_name, split_part(u.email, '@', 1)),
       (select max(created_at) from coaching.nudge_events where session_id = s.id and user_id = u.id)
from coaching.sessions s
cross join lateral (select max(seq) as seq, max(created_at) as at from coaching.nudge_events where session_id = s.id) said
left join (coaching.session_participants p join coaching.users u on u.id = p.user_id) on p.session_id = s.id
where s.number = $1
order by u.id is distinct from s.created_by_user_id, u.id
