-- COACHING_RELATIONSHIPS: the relationships of which the caller is a member, whatever became of their place, in the order in which they
-- were made, a thousand at a time (transport/http/list.h). Indexes: users_person, relationship_members_user, relationships_pkey.
-- takes: caller.user_id int4, list.after text
-- gives: key text, item json, over bool
select format('%s|%s', created_at, id) as key, coaching.relationship_json(id, type, status), place = n and n < 1000
from (select one.*, row_number() over (order by created_at, id) as place, count(*) over () as n
      from (select r.* from coaching.users u
            join coaching.relationship_members m on m.user_id = u.id
            join coaching.relationships r on r.id = m.relationship_id
            where u.person_id = $1
              and ($2 is null or (r.created_at, r.id) > (split_part($2, '|', 1)::timestamp, split_part($2, '|', 2)))
            order by r.created_at, r.id limit 1000) one) page
order by created_at, id
