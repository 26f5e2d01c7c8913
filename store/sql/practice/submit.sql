-- PRACTICE_SUBMIT: a submission of the caller's, and an attempt more of their progress. The exercise is locked first, so that one that goes
-- meanwhile is not found. Indexes: exercises_pkey, progress_student_id_exercise_id_key.
-- takes: caller.account int4, body.student_id int4, body.exercise_id int4, body.code text, body.language text
-- gives: status int4, body json
-- refuses: SUBMITS_FOR_ANOTHER, EXERCISE_NOT_FOUND
with wanted as materialized (
    select id from practice.exercises where id = $3 and $1 = $2 for key share
), made as (
    insert into practice.exercise_submissions (student_id, exercise_id, code, language) select $1, id, $4, $5 from wanted returning *
), moved as materialized (
    select p.* from made m cross join lateral practice.put_progress(m.student_id, m.exercise_id, 1, 'in_progress', null) p
), told as materialized (
    select outbox.publish('exercise-submissions', m.id::text, jsonb_build_object(
               'event_type', 'submission', 'student_id', m.student_id, 'exercise_id', m.exercise_id, 'submission_id', m.id, 'status', m.status)),
           outbox.publish('progress-updates', p.student_id || ':' || p.exercise_id, jsonb_build_object(
               'event_type', 'progress_update', 'student_id', p.student_id, 'exercise_id', p.exercise_id, 'status', p.status, 'score', null))
    from made m, moved p
)
select case when $1 <> $2 then 403 when told.n > 0 then 201 else 404 end,
       case when $1 <> $2 then json_build_object('detail', :'SUBMITS_FOR_ANOTHER')
            else coalesce((select practice.submission_json(m::practice.exercise_submissions) from made m),
                          json_build_object('detail', :'EXERCISE_NOT_FOUND')) end
from (select count(*) as n from told) told
