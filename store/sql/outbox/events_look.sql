-- OUTBOX_EVENTS_LOOK: how many events wait, and their bytes.
-- gives: rows int8, bytes int8
select count(*), coalesce(sum(size), 0) from outbox.events
