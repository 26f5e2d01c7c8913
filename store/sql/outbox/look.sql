-- OUTBOX_LOOK: what is in the outbox, kind by kind: how many wait and how many are dead, for how long the oldest of the first has
--   waited, and in how many milliseconds the next of them is due; null when none waits.
-- gives: kind text, waiting int8, dead int8, oldest_ms int8, next_ms int8
select kind, count(*) - count(*) filter (where state = 'dead'), count(*) filter (where state = 'dead'),
       (extract(epoch from now() at time zone 'utc' - min(created_at) filter (where state <> 'dead')) * 1000)::bigint,
       ceil(extract(epoch from min(next_at) filter (where state <> 'dead') - now() at time zone 'utc') * 1000)::bigint
from outbox.messages group by kind
