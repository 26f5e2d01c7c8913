-- CLASSROOM_PUT_PLAYBACK: who played what, from when to when; a row is known by its session and beginning, and a room
-- writes it whole: when it begins, and again when it ends. Index: playback_session_started.
-- takes: row.session_id int4[], row.started_at timestamp[], row.ended_at timestamp[], row.audio_file_id int4[],
--   row.started_by int4[], row.speed float8[]
-- batch: 6
insert into playback (session_id, started_at, ended_at, audio_file_id, started_by, speed)
select distinct on (session_id, started_at) session_id, started_at, ended_at, audio_file_id, started_by, speed
from unnest($1, $2, $3, $4, $5, $6) with ordinality
    as r (session_id, started_at, ended_at, audio_file_id, started_by, speed, n)
order by session_id, started_at, n desc
on conflict (session_id, started_at) do update set ended_at = excluded.ended_at
