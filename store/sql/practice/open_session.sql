-- PRACTICE_OPEN_SESSION: the session of a sign-in, unless account or password have changed since it was read; then no row. Sessions that
-- have long ended go, a few each time. Indexes: students_pkey, teachers_pkey, sessions_refresh_expires.
-- takes: arg.role text, arg.account int4, arg.password_changed_at text, arg.token_hash text, arg.refresh_hash text, arg.minutes float8
-- gives: expires_in int4
with spent as (
    delete from practice.sessions
    where id in (select id from practice.sessions
                 where refresh_expires_at < now() at time zone 'utc' and expires_at < now() at time zone 'utc'
                 order by refresh_expires_at limit 100 for update skip locked)
), student as (
    select id from practice.students
    where $1 = 'student' and id = $2 and is_active and password_changed_at is not distinct from $3::timestamp for share
), teacher as (
    select id from practice.teachers
    where $1 = 'teacher' and id = $2 and is_active and password_changed_at is not distinct from $3::timestamp for share
), opened as (
    insert into practice.sessions (token_hash, refresh_hash, role, account_id, expires_at, refresh_expires_at)
    select decode($4, 'hex'), decode($5, 'hex'), $1, who.id,
           now() at time zone 'utc' + least(make_interval(secs => $6 * 60), interval '30 days'), now() at time zone 'utc' + interval '7 days'
    from (table student union all table teacher) who
    returning role, account_id, floor(extract(epoch from expires_at - created_at))::int as expires_in
), told as materialized (
    select outbox.publish('student-events', account_id::text, jsonb_build_object(
               'event_type', 'student_logged_in', 'student_id', account_id, 'data', '{}'::jsonb))
    from opened where role = 'student'
)
select expires_in from opened, (select count(*) from told) told
