-- OUTBOX_EVENTS_DONE: events, by their numbers (comma separated), have been published. Index: events_pkey.
-- takes: arg.seqs text
delete from outbox.events where seq = any (string_to_array($1, ',')::bigint[])
