-- ATTENDANCE_PUT_STATUSES: sets the status of students in a session; who is not enrolled is skipped. Of one roll number the last
-- entry counts. Answers all statuses of the session. The class's owner may, and who opened the session.
-- Indexes: attendance_sessions_pkey, students_roll_no_key, class_students_pkey, attendance_statuses_pkey.
-- takes: caller.user_id int4, caller.role text, path.session_id uuid, body.updates jsonb
-- gives: status int4, body json
-- refuses: ATTENDANCE_SESSION_NOT_FOUND
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1
), m as materialized (
    select m.id, m.class_id, $2 = 'admin' or me.id in (c.teacher_id, m.teacher_id) as mine
    from attendance.attendance_sessions m join attendance.classes c on c.id = m.class_id, me
    where m.id = $3 for key share of m
), sent as (
    select distinct on (roll_no) *
    from rows from (jsonb_to_recordset($4) as (roll_no text, status text, recognized_by_ai boolean,
                                               similarity_score numeric)) with ordinality
    where (select mine from m)
    order by roll_no, ordinality desc
), known as (
    select m.id as session_id, s.id as student_id, sent.*
    from sent join attendance.students s on s.roll_no = sent.roll_no, m
    where exists (select 1 from attendance.class_students e where e.class_id = m.class_id and e.student_id = s.id)
), put as (
    insert into attendance.attendance_statuses (session_id, student_id, status, recognized_by_ai, similarity_score)
    select session_id, student_id, status::attendance.attendancestatus, recognized_by_ai, round(similarity_score, 2)
    from known order by student_id
    on conflict (session_id, student_id) do update set
        status = excluded.status, recognized_by_ai = excluded.recognized_by_ai, similarity_score = excluded.similarity_score
    returning *
), now_set as (
    table put
    union all
    select * from attendance.attendance_statuses a
    where a.session_id = $3 and a.student_id not in (select student_id from put)
)
select case when not exists (table m) then 404 when not (select mine from m) then 403 else 200 end,
       case when (select mine from m) then json_build_object(
                'statuses', (select coalesce(json_agg(attendance.status_json(a::attendance.attendance_statuses, s)
                                                      order by s.roll_no collate "C"), '[]')
                             from now_set a join attendance.students s on s.id = a.student_id),
                'skipped', (select coalesce(json_agg(roll_no order by ordinality), '[]') from sent
                            where roll_no not in (select roll_no from known)))
            else attendance.refusal(exists (table m), false, :'ATTENDANCE_SESSION_NOT_FOUND') end
