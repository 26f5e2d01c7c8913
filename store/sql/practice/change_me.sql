-- PRACTICE_CHANGE_ME: the caller's name and address, as far as they are given. Whoever loses a race for an address breaks students_email or
-- teachers_email. Indexes: students_pkey, teachers_pkey, students_email, teachers_email.
-- takes: caller.role text, caller.account int4, body.name text, body.email text
-- gives: status int4, body json
-- refuses: EMAIL_TAKEN, STUDENT_NOT_FOUND
with taken as (
    select exists (select from practice.accounts where role = $1 and id <> $2 and lower(email) = lower($4)) as email
), student as (
    update practice.students s
    set name = coalesce($3, name), email = coalesce(practice.kept_email($4), s.email), updated_at = now() at time zone 'utc'
    from taken where $1 = 'student' and id = $2 and not taken.email
    returning $1 as role, id, person_id, user_id, s.email, name, password_hash, grade_level as level, bio, avatar_url, is_active,
              password_changed_at, created_at
), teacher as (
    update practice.teachers t
    set name = coalesce($3, name), email = coalesce(practice.kept_email($4), t.email), updated_at = now() at time zone 'utc'
    from taken where $1 = 'teacher' and id = $2 and not taken.email
    returning $1 as role, id, person_id, user_id, t.email, name, password_hash, department as level, bio, avatar_url, is_active,
              password_changed_at, created_at
), changed as (
    table student union all table teacher
)
select case when taken.email then 400 when exists (table changed) then 200 else 404 end,
       case when taken.email then json_build_object('detail', :'EMAIL_TAKEN')
            else coalesce((select practice.profile_json(row(c.*)::practice.accounts) from changed c),
                          json_build_object('detail', :'STUDENT_NOT_FOUND')) end
from taken
