-- OUTBOX_EVENTS_KEEP: says whether events are kept for their publication: only where there is a Kafka.
-- takes: arg.kept bool
update outbox.settings set events = $1 where events <> $1
