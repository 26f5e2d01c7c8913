-- CLASSROOM_LOAD: everything a room knows, to build it anew: one row per participant, raised hands first and in their
--   order, or one without any. No row: no such session. Indexes: sessions_pkey,
--   participants_session_id_user_id_key, logs_session_seq, events_pkey, playback_state_pkey, playback_running.
-- takes: arg.session_id int4
-- gives: is_active bool, created_by int4, epoch int4, seq int8, last timestamp, participant_id int4, user_id int4,
--   name text, role text, is_muted bool, is_kicked bool, hand_raised_at timestamp, is_connected bool, joined_at timestamp,
--   left_at timestamp, audio_id int4, title text, duration float8, status text, speed float8, position float8,
--   as_of timestamp, playing_since timestamp, playing_audio int4, playing_by int4, playing_speed float8
select s.is_active, s.created_by, s.epoch,
       greatest(coalesce((select max(seq) from logs where session_id = $1), 0),
                coalesce((select max(seq) from events where session_id = $1), 0)),
       (select created_at from logs where session_id = $1 and seq is not null order by seq desc limit 1),
       p.participant_id, p.user_id, u.name, u.role, p.is_muted, p.is_kicked, p.hand_raised_at, p.is_connected,
       p.joined_at, p.left_at, a.audio_id, a.title, a.duration, b.status, b.speed, b.position, b.as_of,
       r.started_at, r.audio_file_id, r.started_by, r.speed
from sessions s
left join playback_state b using (session_id)
left join audio_files a on a.audio_id = b.audio_file_id
left join lateral (select started_at, audio_file_id, started_by, speed from playback where session_id = $1 and ended_at is null
                   order by started_at desc limit 1) r on true
left join participants p using (session_id)
left join account.users u on u.user_id = p.user_id
where s.session_id = $1
order by p.hand_raised_at, p.participant_id
