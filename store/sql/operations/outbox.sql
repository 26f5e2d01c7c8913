-- OPERATIONS_OUTBOX: what is in the outbox, oldest first: the dead messages, or with all also what waits, events too. Index:
--   messages_dead.
-- takes: arg.all bool, arg.limit int4
-- gives: data text
select coalesce(json_agg(json_build_object('id', id, 'kind', kind, 'state', state, 'attempts', attempts,
                                           'created_at', iso(created_at), 'next_at', iso(next_at),
                                           'last_error', last_error) order by created_at, id), '[]')::text
from (select id::text, kind, state, attempts, created_at, last_error,
             case when state <> 'dead' then next_at end as next_at
      from outbox.listed where $1 or state = 'dead' order by created_at, id limit $2) listed
