-- COACHING_PUT_POKES: pokes, each an object of its columns. Those of relationships that are gone by now are left out.
-- takes: row.poke text[], row.created_at timestamp[]
-- batch: 15
insert into coaching.poke_events (id, relationship_id, sender_id, receiver_id, type, emoji, created_at)
select p ->> 'poke_id', p ->> 'relationship_id', p ->> 'sender_id', p ->> 'receiver_id', p ->> 'type', p ->> 'emoji', created_at
from (select poke::jsonb as p, created_at from unnest($1, $2) as r (poke, created_at)) r
where exists (select from coaching.relationships where id = p ->> 'relationship_id')
