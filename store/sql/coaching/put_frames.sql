-- COACHING_PUT_FRAMES: what devices have measured, if that is kept.
-- takes: row.session_id text[], row.user_id text[], row.timestamp_ms int8[], row.speaking_rate float8[], row.overlap_ratio float8[],
--   row.created_at timestamp[]
-- batch: 12
insert into coaching.session_feature_frames (session_id, user_id, timestamp_ms, speaking_rate, overlap_ratio, created_at)
select session_id, user_id, timestamp_ms, speaking_rate, overlap_ratio, created_at
from unnest($1, $2, $3, $4, $5, $6) as r (session_id, user_id, timestamp_ms, speaking_rate, overlap_ratio, created_at)
