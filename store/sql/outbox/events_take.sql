-- OUTBOX_EVENTS_TAKE: the oldest events that wait, so many and about so many bytes, those of some topics (comma separated)
--   left out. Nothing marks them: there is one publisher. Index: events_pkey.
-- takes: arg.without text, arg.limit int4, arg.bytes int8
-- gives: seq int8, id text, topic text, key text, event text, at_ms int8
select seq, id::text, topic, key, event::text, (extract(epoch from created_at) * 1000)::bigint
from (select *, sum(size) over (order by seq) as total
      from (select * from outbox.events where topic <> all (string_to_array($1, ',')) order by seq limit $2) oldest) summed
where total - size < $3
order by seq
