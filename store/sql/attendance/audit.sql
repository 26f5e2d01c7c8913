-- ATTENDANCE_AUDIT: who changed what, newest first, a page at a time. Indexes: audit_pkey, ix_audit_class, ix_audit_session,
-- ix_audit_student.
-- takes: query.class_id uuid, query.session_id uuid, query.student_id uuid, query.before int8, query.limit int4
-- gives: status int4, body json
with page as materialized (
    select a.*, u.email, u.name from attendance.audit a left join attendance.users u on u.id = a.actor
    where ($1 is null or a.class_id = $1) and ($2 is null or a.session_id = $2) and ($3 is null or a.student_id = $3)
      and ($4 is null or a.audit_id < $4)
    order by a.audit_id desc limit $5
)
select 200, json_build_object(
           'entries', coalesce(json_agg(json_build_object(
               'id', audit_id::text, 'at', iso(at), 'actorId', actor, 'actorEmail', email, 'actorName', name,
               'what', what, 'action', action, 'classId', class_id, 'sessionId', session_id, 'studentId', student_id,
               'before', before, 'after', after) order by audit_id desc), '[]'),
           'next', case when count(*) = $5 then min(audit_id)::text end)
from page
