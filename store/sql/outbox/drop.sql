-- OUTBOX_DROP: forgets dead messages: one, or with null all of them.
-- takes: arg.id text
-- gives: count int8
with gone as (delete from outbox.messages where state = 'dead' and ($1 is null or id::text = $1) returning 1)
select count(*) from gone
