-- COURSES_IMPORT: a course and its videos, all or nothing. `videos` is [{"id", "title", "seconds" or null}] in playlist order.
-- takes: caller.user_id int4, arg.title text, arg.playlist_id text, arg.videos jsonb
-- gives: status int4, body json
with made as (
    insert into courses.course (course_title, link, created_by)
    values (left($2, 255), 'https://www.youtube.com/playlist?list=' || $3, $1)
    returning *
), filled as (
    insert into courses.course_video (course_id, position, title, youtube_id, duration)
    select made.id, place, left(video ->> 'title', 255), video ->> 'id', make_interval(secs => (video ->> 'seconds')::int)
    from made, jsonb_array_elements($4) with ordinality as v (video, place)
    order by place
)
select 200, courses.course_json(made::courses.course) from made
