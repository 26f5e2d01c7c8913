-- COURSES_WATCH: one request of the player: the day's progress of a video and the day's attendance, in one transaction.
-- takes: caller.user_id int4, body.video_id int4, body.start_time time, body.end_time time, body.watchtime_seconds int4,
--   config.courses_zone text, config.courses_present_from int4
-- gives: status int4, body json
-- refuses: NOTHING_TO_RECORD, VIDEO_NOT_FOUND
select case when p.id is not null then 201 when coalesce($3, $4) is null and $5 is null then 400 else 404 end,
       case when p.id is not null then courses.progress_json(p)
            when coalesce($3, $4) is null and $5 is null then json_build_object('detail', :'NOTHING_TO_RECORD')
            else json_build_object('detail', :'VIDEO_NOT_FOUND') end
from courses.watch($1, $2, (now() at time zone $6)::date, $3, $4, $5, $7) p
