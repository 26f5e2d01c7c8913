-- PRACTICE_STUDENTS: a page of all students with what they have done, for teachers. Indexes: students_pkey, standings_pkey,
-- progress_student_id_exercise_id_key.
-- takes: query.skip int4, query.limit int4
-- gives: status int4, body json
with page as materialized (
    select id, name, email, grade_level from practice.students order by id offset $1 limit $2
), platform as materialized (
    select count(*) as exercises from practice.exercises
)
select 200, coalesce(json_agg(json_build_object(
           'id', s.id, 'name', s.name, 'email', s.email, 'grade_level', s.grade_level, 'exercises_completed', coalesce(n.completed, 0),
           'quizzes_passed', 0, 'last_active', coalesce(practice.iso(p.latest), 'Never'), 'total_exercises', platform.exercises,
           'average_score', coalesce(n.mean, 0)) order by s.id), '[]')
from page s -- each by itself: a plan for any limit would join all students
left join lateral (select completed, mean from practice.standings where student_id = s.id limit 1) n on true
left join lateral (select max(updated_at) as latest from practice.progress where student_id = s.id) p on true, platform
