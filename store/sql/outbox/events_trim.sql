-- OUTBOX_EVENTS_TRIM: drops the oldest events beyond so many, and beyond so many bytes.
-- takes: arg.rows int8, arg.bytes int8
-- gives: dropped int8
with counted as (select seq, row_number() over newest as place, sum(size) over newest as total
                 from outbox.events window newest as (order by seq desc)),
     gone as (delete from outbox.events e using counted c where e.seq = c.seq and (c.place > $1 or c.total > $2) returning 1)
select count(*) from gone
