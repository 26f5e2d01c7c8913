-- OUTBOX_LATER: a message could not be delivered now; an attempt that was none is not counted.
-- takes: arg.id text, arg.delay_ms int8, arg.counted bool, arg.why text
update outbox.messages
set state = 'waiting', next_at = now() at time zone 'utc' + make_interval(secs => $2 / 1000.0),
    attempts = attempts - case when $3 then 0 else 1 end, last_error = $4
where id = $1::uuid and state = 'sending'
