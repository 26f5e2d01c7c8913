-- ATTENDANCE_SESSIONS: a class's sessions with their statuses, newest day first, both ends of the range included.
-- Indexes: ix_attendance_sessions_class_id_session_date, attendance_statuses_pkey.
-- takes: caller.user_id int4, caller.role text, query.class_id uuid, query.from date, query.to date
-- gives: status int4, body json
-- refuses: CLASS_NOT_FOUND
with c as (
    select id, $2 = 'admin' or teacher_id = (select id from attendance.users where user_id = $1) as mine
    from attendance.classes where id = $3
), m as materialized (
    select m.* from attendance.attendance_sessions m, c
    where c.mine and m.class_id = c.id and ($4 is null or m.session_date >= $4) and ($5 is null or m.session_date <= $5)
), marks as (
    select a.session_id, json_agg(attendance.status_json(a, s) order by s.roll_no collate "C") as list
    from attendance.attendance_statuses a join attendance.students s on s.id = a.student_id
    where a.session_id in (select id from m) group by a.session_id
)
select case when not exists (table c) then 404 when not (select mine from c) then 403 else 200 end,
       case when (select mine from c) then (
                select coalesce(json_agg(json_build_object(
                           'sessionId', m.id, 'classId', m.class_id, 'sessionDate', m.session_date, 'teacherId', m.teacher_id,
                           'processedImageUrl', m.processed_image_url, 'createdAt', iso(m.created_at),
                           'statuses', coalesce(marks.list, '[]')) order by m.session_date desc), '[]')
                from m left join marks on marks.session_id = m.id)
            else attendance.refusal(exists (table c), false, :'CLASS_NOT_FOUND') end
