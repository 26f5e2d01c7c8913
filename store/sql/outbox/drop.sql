-- OUTBOX_DROP: forgets dead messages: one by its id, those of a kind by that, or with null all of them.
-- takes: arg.id text
-- gives: count int8
with gone as (delete from outbox.messages where state = 'dead' and ($1 is null or $1 in (id::text, kind)) returning 1)
select count(*) from gone
