-- ATTENDANCE_PUT_ROSTER: merges students into a class: unknown ones are made, known ones renamed everywhere, their other values
-- overwritten by what is given and not empty. Of one roll number the last entry counts. Answers the whole roster.
-- Indexes: classes_pkey, students_roll_no_key, class_students_pkey.
-- takes: caller.user_id int4, caller.role text, path.class_id uuid, body.students jsonb
-- gives: status int4, body json
-- refuses: CLASS_NOT_FOUND
with me as materialized (
    select id, set_config('attendance.actor', id::text, true) from attendance.users where user_id = $1
), c as materialized (
    select c.id, $2 = 'admin' or c.teacher_id = me.id as mine from attendance.classes c, me where c.id = $3 for key share of c
), sent as (
    select distinct on (roll_no) *
    from rows from (jsonb_to_recordset($4) as (roll_no text, name text, photo_url text, program text, sp_code text,
                                               semester text, status text, duration text, email text, dtu_email text,
                                               phone text)) with ordinality
    where (select mine from c)
    order by roll_no, ordinality desc
), put as (
    insert into attendance.students as s (roll_no, name, photo_url, program, sp_code, semester, status, duration, email,
                                          dtu_email, phone)
    select roll_no, name, photo_url, program, sp_code, semester, status, duration, email, dtu_email, phone
    from sent order by roll_no
    on conflict (roll_no) do update set
        name = excluded.name,
        photo_url = coalesce(nullif(excluded.photo_url, ''), s.photo_url),
        program = coalesce(nullif(excluded.program, ''), s.program),
        sp_code = coalesce(nullif(excluded.sp_code, ''), s.sp_code),
        semester = coalesce(nullif(excluded.semester, ''), s.semester),
        status = coalesce(nullif(excluded.status, ''), s.status),
        duration = coalesce(nullif(excluded.duration, ''), s.duration),
        email = coalesce(nullif(excluded.email, ''), s.email),
        dtu_email = coalesce(nullif(excluded.dtu_email, ''), s.dtu_email),
        phone = coalesce(nullif(excluded.phone, ''), s.phone)
    returning s.*
), enrolled as (
    insert into attendance.class_students (class_id, student_id)
    select c.id, put.id from put, c order by put.id
    on conflict (class_id, student_id) do nothing
), roster as (
    select put::attendance.students as s, roll_no from put
    union all
    select s, s.roll_no from attendance.students s
    where s.id in (select student_id from attendance.class_students where class_id = $3)
      and s.id not in (select id from put)
)
select case when not exists (table c) then 404 when not (select mine from c) then 403 else 200 end,
       case when (select mine from c)
            then json_build_object('students', (select coalesce(json_agg(attendance.student_json(s)
                                                                         order by roll_no collate "C"), '[]') from roster))
            else attendance.refusal(exists (table c), false, :'CLASS_NOT_FOUND') end
