-- OUTBOX_TAKE: takes what is due for delivery, of each kind as many as there are places for it (both comma separated),
--   longest due first; it is due again when the lease ends. What somebody else is taking is passed over. Index: messages_due.
-- takes: arg.kinds text, arg.places text, arg.lease_s int4
-- gives: id text, kind text, payload text, attempts int4
with due as (
    select taken.id
    from unnest(string_to_array($1, ','), string_to_array($2, ',')::int[]) asked (kind, places)
    cross join lateral (select id from outbox.messages m
                        where m.kind = asked.kind and m.state <> 'dead' and m.next_at <= now() at time zone 'utc'
                        order by m.next_at limit asked.places
                        for update skip locked) taken
)
update outbox.messages m
set state = 'sending', attempts = attempts + 1, next_at = now() at time zone 'utc' + make_interval(secs => $3)
from due where m.id = due.id
returning m.id::text, m.kind, m.payload::text, m.attempts
