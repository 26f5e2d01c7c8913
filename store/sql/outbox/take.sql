-- OUTBOX_TAKE: takes what is due for delivery, longest due first; it is due again when the lease ends. What somebody
--   else is taking is passed over. Index: messages_due.
-- takes: arg.kinds text, arg.limit int4, arg.lease_s int4
-- gives: id text, kind text, payload text, attempts int4
with due as (
    select id from outbox.messages
    where state <> 'dead' and next_at <= now() at time zone 'utc' and kind = any (string_to_array($1, ','))
    order by next_at limit $2
    for update skip locked
)
update outbox.messages m
set state = 'sending', attempts = attempts + 1, next_at = now() at time zone 'utc' + make_interval(secs => $3)
from due where m.id = due.id
returning m.id::text, m.kind, m.payload::text, m.attempts
