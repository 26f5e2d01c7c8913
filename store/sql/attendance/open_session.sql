-- ATTENDANCE_OPEN_SESSION: the session of a class on a day: the one that is there, unchanged, or a new one. However many ask at
-- once, there is one. Indexes: classes_pkey, attendance_sessions_class_id_session_date_key.
-- takes: caller.user_id int4, caller.role text, body.class_id uuid, body.session_date date, body.processed_image_url text
-- gives: status int4, body json
-- refuses: CLASS_NOT_FOUND
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1
), c as materialized (
    select c.id, me.id as caller, $2 = 'admin' or c.teacher_id = me.id as mine
    from attendance.classes c, me where c.id = $3 for key share of c
), found as materialized (
    select s.* from attendance.attendance_sessions s, c where c.mine and s.class_id = c.id and s.session_date = $4
), made as (
    insert into attendance.attendance_sessions (class_id, teacher_id, session_date, processed_image_url)
    select id, caller, $4, $5 from c where mine and not exists (table found)
    on conflict (class_id, session_date) do update set class_id = excluded.class_id -- another made it meanwhile: read it
    returning *
)
select case when not exists (table c) then 404 when not (select mine from c) then 403 else 200 end,
       coalesce((select json_build_object('sessionId', id, 'classId', class_id, 'sessionDate', session_date,
                                          'teacherId', teacher_id, 'processedImageUrl', processed_image_url,
                                          'createdAt', iso(created_at)) from (table found union all table made) one),
                attendance.refusal(exists (table c), (select mine from c), :'CLASS_NOT_FOUND'))
