-- CLASSROOM_SETTLE: did the batch with this event commit? Asked when a commit's answer was lost.
-- takes: arg.session_id int4, arg.seq int8
-- gives: committed bool
select exists (select 1 from logs where session_id = $1 and seq = $2)
    or exists (select 1 from events where session_id = $1 and seq = $2)
