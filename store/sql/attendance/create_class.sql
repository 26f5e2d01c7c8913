-- ATTENDANCE_CREATE_CLASS: makes a class of the caller's; 409 if they have that code and section. Index: classes_teacher_id_code_section_key.
-- takes: caller.user_id int4, body.code text, body.name text, body.section text, body.ltp_pattern text, body.teacher_type text,
--   body.practical_group text
-- gives: status int4, body json
-- refuses: CLASS_EXISTS
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1 for key share
), made as (
    insert into attendance.classes (code, name, section, ltp_pattern, teacher_type, practical_group, teacher_id)
    select $2, $3, $4, $5, $6, $7, id from me
    on conflict (teacher_id, code, section) do nothing
    returning id, code, name
)
select case when exists (table made) then 201 else 409 end,
       coalesce((select json_build_object('id', id, 'code', code, 'name', name) from made),
                json_build_object('detail', :'CLASS_EXISTS'))
