-- OUTBOX_RETRY: gives dead messages new attempts at once: one by its id, those of a kind by that, or with null all of them;
--   the notifier is told. A dead event becomes one that waits, behind all others.
-- takes: arg.id text
-- gives: count int8, told text
with again as (
    update outbox.messages
    set state = 'waiting', attempts = 0, created_at = now() at time zone 'utc', next_at = now() at time zone 'utc'
    where state = 'dead' and kind <> 'event' and ($1 is null or $1 in (id::text, kind))
    returning 1
), gone as (
    delete from outbox.messages where state = 'dead' and kind = 'event' and ($1 is null or $1 in (id::text, kind))
    returning id, payload ->> 'topic' as topic, payload ->> 'key' as key, payload -> 'event' as event, created_at
), events as (
    insert into outbox.events (id, topic, key, event, size, created_at)
    select id, topic, key, event, octet_length(topic) + octet_length(key) + octet_length(event::text), created_at
    from gone order by created_at
    returning 1
)
select (select count(*) from again) + (select count(*) from events), pg_notify('outbox_added', '')::text
