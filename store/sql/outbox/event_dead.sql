-- OUTBOX_EVENT_DEAD: an event that can never be published becomes a dead message. Index: events_pkey.
-- takes: arg.seq int8, arg.why text
with gone as (delete from outbox.events where seq = $1 returning *)
insert into outbox.messages (id, kind, payload, state, attempts, created_at, last_error)
select id, 'event', jsonb_build_object('topic', topic, 'key', key, 'event', event), 'dead', 1, created_at, $2 from gone
