-- PRACTICE_SUBMISSIONS_OF_EXERCISE: part of a page of an exercise's submissions, oldest first (transport/api/list.h). Index:
-- exercise_submissions_exercise.
-- takes: arg.exercise_id int4, arg.skip int4, arg.limit int4, arg.after text, arg.most int4
-- gives: key text, item json, over bool
select id::text as key, practice.submission_json(s::practice.exercise_submissions), place = n
from (select list.s, id, row_number() over (order by id) as place, count(*) over () as n,
             coalesce(sum(octet_length((list.s).code) + coalesce(octet_length((list.s).feedback), 0))
                      over (order by id rows between unbounded preceding and 1 preceding), 0) as before
      from (select id, s from practice.exercise_submissions s where exercise_id = $1 and id > coalesce($4::int4, 0)
            order by id offset $2 limit $3) list) page
where before < $5 order by id
