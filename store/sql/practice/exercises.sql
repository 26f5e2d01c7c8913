-- PRACTICE_EXERCISES: a page of exercises, by topic and difficulty. An empty filter is none. Indexes: exercises_pkey, exercises_topic,
-- exercises_difficulty_level.
-- takes: caller.role text, query.skip int4, query.limit int4, query.topic text, query.difficulty text
-- gives: status int4, body json
select 200, coalesce(json_agg(practice.exercise_json(e, $1) order by e.id), '[]')
from (select * from practice.exercises
      where (coalesce($4, '') = '' or topic = $4) and (coalesce($5, '') = '' or difficulty_level = $5)
      order by id offset $2 limit $3) e
