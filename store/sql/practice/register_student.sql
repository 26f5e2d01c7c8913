-- PRACTICE_REGISTER_STUDENT: a student's account, of the person given or of a new one. Whoever loses a race breaks students_email or
-- students_person. Indexes: students_email, students_person, users_pkey.
-- takes: arg.person int4, body.email text, body.name text, arg.hash text, body.grade_level text
-- gives: status int4, body json
-- refuses: EMAIL_TAKEN, ACCOUNT_EXISTS
with taken as (
    select exists (select from practice.students where lower(email) = lower($2)) as email,
           exists (select from practice.students where person_id = $1) as person
), known as (
    select user_id from account.users where user_id = $1 for key share
), fresh as (
    insert into account.users (name) select $3 from taken where not email and not person and not exists (table known) returning user_id
), made as (
    insert into practice.students (person_id, email, name, password_hash, grade_level)
    select p.user_id, practice.kept_email($2), $3, $4, $5 from (table known union all table fresh) p, taken where not email and not person
    returning 'student' as role, id, person_id, user_id, email, name, password_hash, grade_level as level, bio, avatar_url, is_active,
              password_changed_at, created_at
), told as materialized (
    select outbox.publish('student-events', m.id::text, jsonb_build_object(
               'event_type', 'student_registered', 'student_id', m.id, 'data', jsonb_build_object('grade_level', m.level)))
    from made m
)
select case when email or person then 400 else 200 end,
       case when email then json_build_object('detail', :'EMAIL_TAKEN')
            when person then json_build_object('detail', :'ACCOUNT_EXISTS')
            else (select practice.profile_json(row(m.*)::practice.accounts) from made m) end
from taken, (select count(*) from told) told
