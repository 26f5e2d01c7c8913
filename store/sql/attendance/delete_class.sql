-- ATTENDANCE_DELETE_CLASS: deletes a class with all that belongs to it; its students stay. Index: classes_pkey.
-- takes: caller.user_id int4, caller.role text, path.class_id uuid
-- gives: status int4, body json
-- refuses: CLASS_NOT_FOUND
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1
), c as (
    select c.id, $2 = 'admin' or c.teacher_id = me.id as mine from attendance.classes c, me where c.id = $3
), gone as (
    delete from attendance.classes where id in (select id from c where mine)
)
select case when not exists (table c) then 404 when not (select mine from c) then 403 else 204 end,
       attendance.refusal(exists (table c), (select mine from c), :'CLASS_NOT_FOUND')
