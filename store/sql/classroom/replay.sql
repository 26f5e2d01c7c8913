-- CLASSROOM_REPLAY: the events of a session after one position and up to another, to continue a stream: frames kept as
-- they were, and for chat what the frame is made of. Indexes: events_pkey, logs_session_seq.
-- takes: arg.session_id int4, arg.after int8, arg.last int8, arg.limit int4
-- gives: seq int8, name text, data text, participant_id int4, sender_name text, message text, at timestamp
select coalesce(e.seq, l.seq) as seq, e.name, e.data, (l.event_details ->> 'participant_id')::int,
       coalesce(u.name, ''), l.event_details ->> 'message', l.created_at
from (select * from events where session_id = $1 and seq > $2 and seq <= $3) e
full join (select * from logs where session_id = $1 and seq > $2 and seq <= $3) l using (seq)
left join account.users u on u.user_id = l.user_id and e.seq is null
order by 1 limit $4
