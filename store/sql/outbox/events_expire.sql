-- OUTBOX_EVENTS_EXPIRE: without a Kafka: forgets the events that have waited for one too long.
-- takes: arg.max_age_s int4
-- gives: expired int8
with gone as (delete from outbox.events where created_at < now() at time zone 'utc' - make_interval(secs => $1) returning 1)
select count(*) from gone
