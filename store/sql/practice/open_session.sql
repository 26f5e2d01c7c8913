-- PRACTICE_OPEN_SESSION: the session of a sign-in, unless account or password have changed since it was read; then no row. Sessions that
-- have long ended go, a few each time. Indexes: students_pkey, teachers_pkey, sessions_refresh_expires.
-- takes: arg.role text, arg.account int4, arg.password_changed_at text, arg.token_hash text, arg.refresh_hash text, arg.minutes float8
-- gives: expires_in int4
with now as (
    select now() at time zone 'utc' as moment
), spent as (
    delete from practice.sessions
    where id in (select s.id from practice.sessions s, now where s.refresh_expires_at < now.moment and s.expires_at < now.moment
                 order by s.refresh_expires_at limit 100 for update of s skip locked)
), student as (
    select id from practice.students
    where $1 = 'student' and id = $2 and is_active and password_changed_at is not distinct from $3::timestamp for share
), teacher as (
    select id from practice.teachers
    where $1 = 'teacher' and id = $2 and is_active and password_changed_at is not distinct from $3::timestamp for share
), opened as (
    insert into practice.sessions (token_hash, refresh_hash, role, account_id, expires_at, refresh_expires_at)
    select decode($4, 'hex'), decode($5, 'hex'), $1, who.id, least(now.moment + make_interval(secs => $6 * 60), now.moment + interval '30 days'),
           now.moment + interval '7 days'
    from (table student union all table teacher) who, now
    returning role, account_id, floor(extract(epoch from expires_at - created_at))::int as expires_in
), told as materialized (
    select outbox.publish('student-events', account_id::text, jsonb_build_object(
               'event_type', 'student_logged_in', 'student_id', account_id, 'data', '{}'::jsonb))
    from opened where role = 'student'
)
select expires_in from opened, (select count(*) from told) told
