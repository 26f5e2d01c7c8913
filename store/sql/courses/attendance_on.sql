-- COURSES_ATTENDANCE_ON: everybody's day. On a past day students who were known then and never started are absent, with id 0; nothing
-- is written. Index: attendance_date.
-- takes: path.date date, config.courses_zone text
-- gives: status int4, body json
with kept as (
    select * from courses.attendance where date = $1
), shown as (
    select user_id, courses.attendance_json(kept::courses.attendance) as entry from kept
    union all
    select user_id, json_build_object('id', 0, 'user_id', user_id, 'date', $1, 'total_time', '00:00:00', 'status', 'absent')
    from courses.people p
    where role = 'student' and $1 < (now() at time zone $2)::date and (created_at at time zone $2)::date <= $1
      and not exists (select from kept k where k.user_id = p.user_id)
)
select 200, coalesce(json_agg(entry order by user_id), '[]') from shown
