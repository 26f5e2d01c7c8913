-- OUTBOX_LOOK: what waits, and in how many milliseconds the next is due; null when nothing waits. Index: messages_due,
--   messages_dead.
-- takes: arg.kinds text
-- gives: waiting int8, dead int8, next_ms int8
select count(*), (select count(*) from outbox.messages where state = 'dead'),
       ceil(extract(epoch from min(next_at) filter (where kind = any (string_to_array($1, ',')))
                               - now() at time zone 'utc') * 1000)::bigint
from outbox.messages where state <> 'dead'
