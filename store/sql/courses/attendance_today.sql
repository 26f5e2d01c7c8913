-- COURSES_ATTENDANCE_TODAY: the caller's day so far. Index: attendance_user_id_date_key.
-- takes: caller.user_id int4, config.courses_zone text
-- gives: status int4, body json
select 200, json_build_object('id', coalesce(a.id, 0), 'user_id', $1, 'date', today, 'total_time',
                              courses.hms(coalesce(a.total_time, '0')), 'status', coalesce(a.status, 'absent'))
from (select (now() at time zone $2)::date as today) t
left join courses.attendance a on a.user_id = $1 and a.date = today
