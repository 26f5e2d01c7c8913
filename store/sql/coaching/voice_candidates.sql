-- COACHING_VOICE_CANDIDATES: the profiles of those whom the caller names (ids, comma separated; the first hundred), in that order: of the
-- caller and of people who share a relationship with the caller; the others are left out. Indexes: users_pkey, voice_profiles_user,
-- relationship_members_user, relationship_members_pkey.
-- takes: caller.user_id int4, arg.named text
-- gives: user_id text, profile text, embedding json
select u.id, p.id, p.voice_embedding_json
from (select btrim(word) as id, min(place) as place
      from unnest(string_to_array($2, ',')) with ordinality words (word, place) group by 1 order by 2 limit 100) named
join coaching.users u on u.id = named.id and u.is_active
join coaching.voice_profiles p on p.user_id = u.id
where u.person_id = $1
   or exists (select from coaching.users me
              join coaching.relationship_members mine on mine.user_id = me.id
              join coaching.relationship_members theirs using (relationship_id)
              where me.person_id = $1 and theirs.user_id = u.id
                and mine.member_status in ('INVITED', 'ACCEPTED') and theirs.member_status in ('INVITED', 'ACCEPTED'))
order by named.place
