-- COURSES_VIDEOS: the videos of a course in the order of its playlist; none for an unknown one. Index: course_video_course_id_position_key.
-- takes: path.course_id int4
-- gives: status int4, body json
select 200, coalesce(json_agg(json_build_object('id', id, 'course_id', course_id, 'title', title, 'video_link', video_link)
                              order by position), '[]')
from courses.course_video where course_id = $1
