-- PRACTICE_EVALUATE: a verdict on a submission, and what it says of the student's progress. What is said may stand in query or body. Locked
-- in the order in which a submission is made: exercise, submission, progress. Indexes: exercise_submissions_pkey, exercises_pkey,
-- progress_student_id_exercise_id_key.
-- takes: path.submission_id int4, query.status text, query.score int4, query.feedback text, body.status text, body.score int4,
--   body.feedback text, config.mastery_score int4
-- gives: status int4, body json
-- refuses: SUBMISSION_NOT_FOUND
with said as (
    select coalesce($2, $5) as status, coalesce($3, $6) as score, coalesce($4, $7) as feedback
), wanted as materialized (
    select s.id from practice.exercise_submissions s join practice.exercises e on e.id = s.exercise_id, said
    where s.id = $1 and said.status is not null for key share of e
), judged as (
    update practice.exercise_submissions s
    set status = said.status, score = coalesce(said.score, s.score), feedback = coalesce(said.feedback, s.feedback),
        completed_at = case when said.status in ('passing', 'completed', 'mastered') then now() at time zone 'utc' else s.completed_at end,
        updated_at = now() at time zone 'utc'
    from wanted w, said where s.id = w.id
    returning s.*
), moved as materialized (
    select p.* from judged j, said cross join lateral
        practice.put_progress(j.student_id, j.exercise_id, 0, practice.progress_of(said.status, said.score, $8), said.score) p
), told as materialized (
    select outbox.publish('exercise-submissions', j.id::text, jsonb_build_object(
               'event_type', 'submission', 'student_id', j.student_id, 'exercise_id', j.exercise_id, 'submission_id', j.id, 'status', j.status)),
           outbox.publish('progress-updates', p.student_id || ':' || p.exercise_id, jsonb_build_object(
               'event_type', 'progress_update', 'student_id', p.student_id, 'exercise_id', p.exercise_id, 'status', p.status,
               'score', said.score))
    from judged j, moved p, said
)
select case when said.status is null then 422 when told.n > 0 then 200 else 404 end,
       case when said.status is null
            then json_build_object('detail', json_build_array(json_build_object(
                     'loc', json_build_array('query', 'status'), 'msg', 'field required', 'type', 'value_error.missing')))
            else coalesce((select json_build_object('message', 'Submission evaluated',
                                                    'submission', practice.submission_json(j::practice.exercise_submissions))
                           from judged j),
                          json_build_object('detail', :'SUBMISSION_NOT_FOUND')) end
from said, (select count(*) as n from told) told
