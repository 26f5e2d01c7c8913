-- Undoes 0004_attendance.up.sql: the view, the tables in reverse order, the enums, and the roles of the area. The extensions stay,
-- as they may be others'. People who were somebody here only have nothing left to be found by.
drop trigger roles_attendance on account.roles;
drop function attendance.student_json(attendance.students), attendance.reschedule_json(attendance.class_reschedules),
              attendance.status_json(attendance.attendance_statuses, attendance.students),
              attendance.refusal(boolean, boolean, text), attendance.backwards(text, time);
drop view attendance.v_student_attendance_summary;
drop table attendance.attendance_statuses, attendance.attendance_sessions, attendance.class_students, attendance.class_reschedules,
           attendance.class_schedules, attendance.classes, attendance.students;
drop table attendance.users, attendance.allowed_emails, attendance.audit;
drop type attendance.attendancestatus;
drop type attendance.userrole;
drop function attendance.tell_inserted(), attendance.tell_updated(), attendance.tell_deleted(),
              attendance.tell_changes(text, text, jsonb[]), attendance.end_person(), attendance.give_profile(),
              attendance.keep_plain_email(), attendance.plain_email(text);
drop schema attendance;
delete from account.roles where area = 'attendance';
delete from account.users u
where u.role is null and u.password_hash is null and not exists (select 1 from account.roles r where r.user_id = u.user_id);
