-- ATTENDANCE_ADD_RESCHEDULE: moves one occurrence of the weekly slot. A class of somebody else is as unknown as one that is not there.
-- Indexes: classes_pkey, class_schedules_class_id_day_of_week_key.
-- takes: caller.user_id int4, caller.role text, path.class_id uuid, body.original_date date, body.rescheduled_date date,
--   body.rescheduled_start_time time, body.rescheduled_end_time time, body.reason text
-- gives: status int4, body json
-- refuses: NOTHING_TO_MOVE, CLASS_NOT_FOUND_OR_DENIED
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1
), c as materialized (
    select c.id from attendance.classes c, me
    where c.id = $3 and ($2 = 'admin' or c.teacher_id = me.id) for key share of c
), slot as (
    select s.start_time, s.end_time from attendance.class_schedules s, c
    where s.class_id = c.id and s.day_of_week = extract(isodow from $4)
), made as (
    insert into attendance.class_reschedules (class_id, original_date, original_start_time, original_end_time,
                                              rescheduled_date, rescheduled_start_time, rescheduled_end_time, reason)
    select c.id, $4, slot.start_time, slot.end_time, $5, $6, $7, $8 from c, slot where $6 < $7
    returning *
)
select case when exists (table made) then 201 when exists (table slot) then 422 else 404 end,
       case when exists (table made) then (select attendance.reschedule_json(made::attendance.class_reschedules) from made)
            when exists (table slot) then attendance.backwards('rescheduled_end_time', $7)
            when exists (table c) then json_build_object('detail', :'NOTHING_TO_MOVE')
            else json_build_object('detail', :'CLASS_NOT_FOUND_OR_DENIED') end
