-- OUTBOX_TIDY: gives up what has waited too long, and forgets the dead beyond their days and the newest 10000. Index:
--   messages_due, messages_dead.
-- takes: arg.max_age_s int4, arg.keep_days int4
-- gives: expired int8, forgotten int8
with expired as (
    update outbox.messages set state = 'dead', last_error = coalesce('expired; before that: ' || last_error, 'expired')
    where state = 'waiting' and created_at < now() at time zone 'utc' - make_interval(secs => $1)
    returning 1
), forgotten as (
    delete from outbox.messages
    where state = 'dead'
      and (created_at < now() at time zone 'utc' - make_interval(days => $2)
           or id in (select id from outbox.messages where state = 'dead' order by created_at desc, id offset 10000))
    returning 1
)
select (select count(*) from expired), (select count(*) from forgotten)
