-- COACHING_SETTLE: did the batch with this event commit? Asked when a commit's answer was lost. Indexes: sessions_number, nudge_events_seq.
-- takes: arg.number int4, arg.seq int8
-- gives: committed bool
select exists (select from coaching.sessions s
               where s.number = $1 and (s.ended_seq = $2 or exists (select from coaching.nudge_events
                                                                    where session_id = s.id and seq = $2)))
