-- COACHING_REPLAY: the events of a session after one number and up to another, to continue a stream: nudges, and its end, which has no
--   payload. Indexes: sessions_number, nudge_events_seq.
-- takes: arg.number int4, arg.after int8, arg.last int8, arg.limit int4
-- gives: seq int8, sid text, payload text
select n.seq, s.id, n.payload::text
from coaching.sessions s join coaching.nudge_events n on n.session_id = s.id
where s.number = $1 and n.seq > $2 and n.seq <= $3
union all
select ended_seq, id, null from coaching.sessions where number = $1 and ended_seq > $2 and ended_seq <= $3
order by seq limit $4
