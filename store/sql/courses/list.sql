-- COURSES_LIST: all courses, five hundred at a time (transport/http/list.h). Index: course_pkey.
-- takes: list.after text
-- gives: key text, item json, over bool
select id::text as key, courses.course_json(c::courses.course), place = n and n < 500
from (select one.c, id, row_number() over (order by id) as place, count(*) over () as n
      from (select id, c from courses.course c where id > coalesce($1::int4, 0) order by id limit 500) one) page
order by id
