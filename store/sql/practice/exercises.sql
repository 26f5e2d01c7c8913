-- PRACTICE_EXERCISES: part of a page of exercises, by topic and difficulty (transport/api/list.h). An empty filter is none.
-- Index: exercises_pkey.
-- takes: arg.role text, arg.topic text, arg.difficulty text, arg.skip int4, arg.limit int4, arg.after text, arg.most int4
-- gives: key text, item json, over bool
select id::text as key, practice.exercise_json(e::practice.exercises, $1), place = n
from (select list.e, id, row_number() over (order by id) as place, count(*) over () as n,
             coalesce(sum((list.e).size) over (order by id rows between unbounded preceding and 1 preceding), 0) as before
      from (select id, e from practice.exercises e
            where id > coalesce($6::int4, 0) and (coalesce($2, '') = '' or topic = $2) and (coalesce($3, '') = '' or difficulty_level = $3)
            order by id offset $4 limit $5) list) page
where before < $7 order by id
