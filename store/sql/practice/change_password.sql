-- PRACTICE_CHANGE_PASSWORD: a new password instead of the one that was read, and the end of all other sessions of the account; no row: it
-- has been changed meanwhile. Indexes: students_pkey, teachers_pkey, sessions_account.
-- takes: arg.role text, arg.account int4, arg.old text, arg.new text, arg.session int8
-- gives: account int4
with student as (
    update practice.students set password_hash = $4, password_changed_at = clock_timestamp() at time zone 'utc', updated_at = now() at time zone 'utc'
    where $1 = 'student' and id = $2 and password_hash = $3 returning id
), teacher as (
    update practice.teachers set password_hash = $4, password_changed_at = clock_timestamp() at time zone 'utc', updated_at = now() at time zone 'utc'
    where $1 = 'teacher' and id = $2 and password_hash = $3 returning id
), changed as (
    table student union all table teacher
), ended as (
    update practice.sessions set revoked_at = now() at time zone 'utc'
    where role = $1 and account_id = (table changed) and id <> $5 and revoked_at is null
), told as materialized (
    select outbox.publish('student-events', id::text, jsonb_build_object(
               'event_type', 'password_changed', 'student_id', id, 'data', '{}'::jsonb))
    from student
)
select id from changed, (select count(*) from told) told
