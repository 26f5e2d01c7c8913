-- OPERATIONS_JOBS: what is in the outbox, kind by kind, events too: how many wait, are under way, are dead; since when the oldest that
--   is not dead has been there, when the next is due, and why the newest failed that did.
-- gives: data text
select coalesce(json_agg(json_build_object('kind', kind, 'waiting', waiting, 'under_way', under_way, 'dead', dead,
                                           'oldest_s', extract(epoch from now() at time zone 'utc' - oldest)::bigint,
                                           'oldest_at', iso(oldest), 'next_at', iso(next), 'last_error', last_error)
                         order by kind), '[]')::text
from (select kind, count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'sending') as under_way,
             count(*) filter (where state = 'dead') as dead, min(created_at) filter (where state <> 'dead') as oldest,
             min(next_at) filter (where state = 'waiting') as next,
             (array_agg(last_error order by created_at desc, id) filter (where last_error is not null))[1] as last_error
      from outbox.listed group by kind) kinds
