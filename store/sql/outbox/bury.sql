-- OUTBOX_BURY: gives up what is due and of a kind that nobody knows; the kinds that are known: comma separated. Index:
--   messages_due.
-- takes: arg.known text
-- gives: kind text, count int8
with buried as (
    update outbox.messages set state = 'dead', last_error = 'nobody knows this kind'
    where state <> 'dead' and next_at <= now() at time zone 'utc' and kind <> all (string_to_array($1, ','))
    returning kind
)
select kind, count(*) from buried group by kind order by kind
