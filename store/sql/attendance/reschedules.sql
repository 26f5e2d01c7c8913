-- ATTENDANCE_RESCHEDULES: the moved occurrences of a class by their new date, both ends included. Index: ix_class_reschedules_class_id.
-- takes: caller.user_id int4, caller.role text, path.class_id uuid, query.start_date date, query.end_date date
-- gives: status int4, body json
-- refuses: CLASS_NOT_FOUND_OR_DENIED
with c as (
    select id from attendance.classes
    where id = $3 and ($2 = 'admin' or teacher_id = (select id from attendance.users where user_id = $1))
)
select case when exists (table c) then 200 else 404 end,
       case when exists (table c) then coalesce(
                (select json_agg(attendance.reschedule_json(r) order by r.rescheduled_date, r.id)
                 from attendance.class_reschedules r
                 where r.class_id = (table c) and ($4 is null or r.rescheduled_date >= $4)
                   and ($5 is null or r.rescheduled_date <= $5)), '[]')
            else json_build_object('detail', :'CLASS_NOT_FOUND_OR_DENIED') end
