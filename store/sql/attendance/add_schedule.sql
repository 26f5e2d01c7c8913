-- ATTENDANCE_ADD_SCHEDULE: a weekly slot of a class; 409 if it has one on that day. Index: class_schedules_class_id_day_of_week_key.
-- takes: caller.user_id int4, caller.role text, path.class_id uuid, body.day_of_week int4, body.start_time time, body.end_time time
-- gives: status int4, body json
-- refuses: SLOT_EXISTS, CLASS_NOT_FOUND
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1
), c as materialized (
    select c.id, $2 = 'admin' or c.teacher_id = me.id as mine from attendance.classes c, me where c.id = $3 for key share of c
), made as (
    insert into attendance.class_schedules (class_id, day_of_week, start_time, end_time)
    select id, $4, $5, $6 from c where mine and $5 < $6
    on conflict (class_id, day_of_week) do nothing
    returning id
)
select case when not exists (table c) then 404 when not (select mine from c) then 403 when $5 >= $6 then 422
            when not exists (table made) then 409 else 201 end,
       case when exists (table made) then json_build_object('status', 'success')
            when (select mine from c) and $5 >= $6 then attendance.backwards('end_time', $6)
            when (select mine from c) then json_build_object('detail', :'SLOT_EXISTS')
            else attendance.refusal(exists (table c), false, :'CLASS_NOT_FOUND') end
