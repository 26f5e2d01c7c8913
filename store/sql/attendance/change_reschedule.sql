-- ATTENDANCE_CHANGE_RESCHEDULE: another date, time or reason for a moved occurrence; what is null stays. Index: class_reschedules_pkey.
-- takes: caller.user_id int4, caller.role text, path.id int8, body.rescheduled_date date, body.rescheduled_start_time time,
--   body.rescheduled_end_time time, body.reason text
-- gives: status int4, body json
-- refuses: RESCHEDULE_NOT_FOUND
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1
), r as materialized (
    select r.id, coalesce($5, r.rescheduled_start_time) as start_time, coalesce($6, r.rescheduled_end_time) as end_time
    from attendance.class_reschedules r join attendance.classes c on c.id = r.class_id, me
    where r.id = $3 and ($2 = 'admin' or c.teacher_id = me.id) for no key update of r
), changed as (
    update attendance.class_reschedules t
    set rescheduled_date = coalesce($4, t.rescheduled_date), rescheduled_start_time = r.start_time,
        rescheduled_end_time = r.end_time, reason = coalesce($7, t.reason)
    from r where t.id = r.id and r.start_time < r.end_time
    returning t.*
)
select case when exists (table changed) then 200 when exists (table r) then 422 else 404 end,
       case when exists (table changed)
                then (select attendance.reschedule_json(changed::attendance.class_reschedules) from changed)
            when exists (table r) then attendance.backwards('rescheduled_end_time', (select end_time from r))
            else json_build_object('detail', :'RESCHEDULE_NOT_FOUND') end
