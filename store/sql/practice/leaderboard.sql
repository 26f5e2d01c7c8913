-- PRACTICE_LEADERBOARD: who has done most, then best. Indexes: standings_rank, students_pkey.
-- takes: query.limit int4
-- gives: status int4, body json
with best as materialized (
    select student_id, completed, mean from practice.standings where completed > 0
    order by completed desc, mean desc, student_id limit $1
)
select 200, json_build_object('leaderboard', coalesce(json_agg(json_build_object(
           'rank', rank, 'student_id', student_id, 'name', name, 'exercises_completed', completed, 'average_score', mean)
           order by rank), '[]'))
from (select row_number() over (order by completed desc, mean desc, student_id) as rank, b.*,
             (select s.name from practice.students s where s.id = b.student_id) as name -- one by one: a plan for any limit joins them all
      from best b) ranked
