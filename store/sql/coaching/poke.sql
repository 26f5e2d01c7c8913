-- COACHING_POKE: may one person poke another? Then whose room says so, and what: the poke as a row, as it is told, as it is shown.
--   Indexes: relationships_pkey, relationship_members_pkey, users_person, users_pkey.
-- takes: arg.person int4, arg.relationship_id text, arg.receiver_id text, arg.type text, arg.emoji text
-- gives: status int4, body json, receiver int4, sender text, shown text, poke text, told text
-- refuses: RELATIONSHIP_NOT_FOUND, SENDER_NO_MEMBER, RECEIVER_NO_MEMBER
select case when known is null then 404 when sends and receives then 200 else 403 end,
       case when known is null then json_build_object('detail', replace(:'RELATIONSHIP_NOT_FOUND', '%s', $2))
            when not sends then json_build_object('detail', :'SENDER_NO_MEMBER')
            when not receives then json_build_object('detail', :'RECEIVER_NO_MEMBER')
            else json_build_object('id', poke) end,
       case when known is not null and sends and receives then other_person end, sender, shown,
       json_build_object('poke_id', poke, 'relationship_id', $2, 'sender_id', own, 'receiver_id', $3, 'type', $4, 'emoji', $5)::text,
       json_build_object('type', 'emoji_poke', 'poke_id', poke, 'sender_id', own, 'emoji', shown, 'relationship_id', $2)::text
from (select s.id as own, coaching.shown_name(s.display_name, s.email) as sender, gen_random_uuid()::text as poke,
             coalesce(nullif($5, ''), $4) as shown, r.id as known, v.person_id as other_person,
             coaching.is_member(r.id, s.id) as sends, v.id is not null and coaching.is_member(r.id, v.id) as receives
      from coaching.users s
      left join coaching.relationships r on r.id = $2
      left join coaching.users v on v.id = $3
      where s.person_id = $1) p
