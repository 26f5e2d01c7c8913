-- OUTBOX_RETRY: gives dead messages new attempts at once: one, or with null all of them; the notifier is told.
-- takes: arg.id text
-- gives: count int8, told text
with again as (
    update outbox.messages
    set state = 'waiting', attempts = 0, created_at = now() at time zone 'utc', next_at = now() at time zone 'utc'
    where state = 'dead' and ($1 is null or id::text = $1)
    returning 1
)
select count(*), pg_notify('outbox_added', '')::text from again
