-- COURSES_PROGRESS: the caller's days with a video, newest first. Index: progress_user_id_video_id_date_key.
-- takes: caller.user_id int4, path.video_id int4
-- gives: status int4, body json
select 200, coalesce(json_agg(courses.progress_json(p) order by date desc), '[]')
from courses.progress p where user_id = $1 and video_id = $2
