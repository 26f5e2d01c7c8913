-- ATTENDANCE_DELETE_RESCHEDULE: takes a move back. Index: class_reschedules_pkey.
-- takes: caller.user_id int4, caller.role text, path.id int8
-- gives: status int4, body json
-- refuses: RESCHEDULE_NOT_FOUND
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1
), gone as (
    delete from attendance.class_reschedules r using attendance.classes c, me
    where r.id = $3 and c.id = r.class_id and ($2 = 'admin' or c.teacher_id = me.id)
    returning r.id
)
select case when exists (table gone) then 204 else 404 end, json_build_object('detail', :'RESCHEDULE_NOT_FOUND')
