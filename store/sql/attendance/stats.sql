-- ATTENDANCE_STATS: how often each enrolled student was there, from the summary's view. Indexes: class_students_pkey,
-- ix_attendance_sessions_class_id_session_date, attendance_statuses_pkey.
-- takes: caller.user_id int4, caller.role text, path.class_id uuid
-- gives: status int4, body json
-- refuses: CLASS_NOT_FOUND
with c as (
    select id, $2 = 'admin' or teacher_id = (select id from attendance.users where user_id = $1) as mine
    from attendance.classes where id = $3
)
select case when not exists (table c) then 404 when not (select mine from c) then 403 else 200 end,
       case when (select mine from c) then (
                select coalesce(json_agg(json_build_object(
                           'studentId', v.student_id, 'rollNo', v.roll_no, 'studentName', v.student_name,
                           'presentCount', v.on_time_count, 'absentCount', v.absent_count, 'lateCount', v.late_count,
                           'excusedCount', v.excused_count, 'totalCount', v.total_count, 'percentage', v.percentage,
                           'present', v.on_time_count, 'absent', v.absent_count, 'late', v.late_count,
                           'excused', v.excused_count, 'total', v.total_count) order by v.roll_no collate "C"), '[]')
                from attendance.v_student_attendance_summary v where v.class_id = $3)
            else attendance.refusal(exists (table c), false, :'CLASS_NOT_FOUND') end
