-- PRACTICE_CHAT_PUT_SESSIONS: how conversations stand after what was said: the last message that was asked and that was answered, and
--   the number of the end.
-- takes: row.id int4[], row.asked int4[], row.answered int4[], row.ended_seq int8[], row.at timestamp[]
-- batch: 10
update practice.chat_sessions s
set asked = greatest(s.asked, r.asked), answered = greatest(s.answered, r.answered), updated_at = greatest(s.updated_at, r.at),
    is_active = s.is_active and r.ended_seq is null, ended_seq = coalesce(s.ended_seq, r.ended_seq),
    ended_at = coalesce(s.ended_at, r.ended_at)
from (select id, max(asked) as asked, max(answered) as answered, max(ended_seq) as ended_seq, max(at) as at,
             min(at) filter (where ended_seq is not null) as ended_at
      from unnest($1, $2, $3, $4, $5) as u (id, asked, answered, ended_seq, at) group by id) r
where s.id = r.id
