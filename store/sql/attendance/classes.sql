-- ATTENDANCE_CLASSES: the caller's classes (an admin's: all) with slots, reschedules and rosters, oldest first.
-- Indexes: ix_classes_teacher_id, class_schedules_class_id_day_of_week_key, ix_class_reschedules_class_id, class_students_pkey.
-- takes: caller.user_id int4, caller.role text
-- gives: status int4, body json
with c as materialized (
    select * from attendance.classes
    where $2 = 'admin' or teacher_id = (select id from attendance.users where user_id = $1)
), slots as (
    select class_id, json_agg(json_build_object('dayOfWeek', day_of_week, 'start', to_char(start_time, 'HH24:MI'),
                                                'end', to_char(end_time, 'HH24:MI')) order by day_of_week) as list
    from attendance.class_schedules where class_id in (select id from c) group by class_id
), moves as (
    select class_id, json_agg(json_build_object(
               'originalDate', original_date, 'originalStartTime', to_char(original_start_time, 'HH24:MI'),
               'originalEndTime', to_char(original_end_time, 'HH24:MI'), 'rescheduledDate', rescheduled_date,
               'rescheduledStartTime', to_char(rescheduled_start_time, 'HH24:MI'),
               'rescheduledEndTime', to_char(rescheduled_end_time, 'HH24:MI'), 'reason', reason)
               order by rescheduled_date, id) as list
    from attendance.class_reschedules where class_id in (select id from c) group by class_id
), rosters as (
    select e.class_id, json_agg(attendance.student_json(s) order by s.roll_no collate "C") as list
    from attendance.class_students e join attendance.students s on s.id = e.student_id
    where e.class_id in (select id from c) group by e.class_id
)
select 200, coalesce(json_agg(json_build_object(
           'id', c.id, 'code', c.code, 'name', c.name, 'section', c.section, 'teacherType', c.teacher_type,
           'ltpPattern', c.ltp_pattern, 'practicalGroup', c.practical_group, 'teacherId', c.teacher_id,
           'schedule', coalesce(slots.list, '[]'), 'reschedules', coalesce(moves.list, '[]'),
           'students', coalesce(rosters.list, '[]'), 'createdAt', iso(c.created_at), 'updatedAt', iso(c.updated_at))
           order by c.created_at, c.id), '[]')
from c
left join slots on slots.class_id = c.id
left join moves on moves.class_id = c.id
left join rosters on rosters.class_id = c.id
