-- OUTBOX_LIST: what is in the outbox, oldest first: the dead messages, or with all also what waits, events too; of a kind if one
--   is named. Index: messages_dead.
-- takes: arg.all bool, arg.kind text
-- gives: id text, kind text, state text, attempts int4, created_at text, next_at text, last_error text
select id::text, kind, state, attempts, iso(created_at), case when state = 'dead' then '' else iso(next_at) end,
       coalesce(last_error, '')
from outbox.listed where ($1 or state = 'dead') and ($2 is null or kind = $2)
order by created_at, id limit 1000
