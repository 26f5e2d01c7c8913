-- CLASSROOM_PUT_PLAYBACK_STATE: where each class is in its audio, the newest of a batch.
-- takes: row.session_id int4[], row.audio_file_id int4[], row.status text[], row.speed float8[],
--   row.position float8[], row.as_of timestamp[]
-- batch: 7
insert into playback_state (session_id, audio_file_id, status, speed, position, as_of)
select distinct on (session_id) session_id, audio_file_id, status, speed, position, as_of
from unnest($1, $2, $3, $4, $5, $6) with ordinality
    as r (session_id, audio_file_id, status, speed, position, as_of, n)
order by session_id, n desc
on conflict (session_id) do update
set audio_file_id = excluded.audio_file_id, status = excluded.status, speed = excluded.speed,
    position = excluded.position, as_of = excluded.as_of
