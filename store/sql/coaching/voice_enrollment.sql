-- COACHING_VOICE_ENROLLMENT: may the caller upload to it? A body only if not. Index: voice_enrollments_pkey.
-- takes: path.enrollment_id text, caller.user_id int4
-- gives: status int4, body json
-- refuses: ENROLLMENT_NOT_FOUND, ENROLLMENT_FORBIDDEN, ENROLLMENT_COMPLETE
select told.status, case told.status when 200 then null else json_build_object('detail', detail) end
from (select) one
left join (coaching.voice_enrollments e join coaching.users u on u.id = e.user_id) on e.id = $1
cross join lateral (select * from (values
    (404, :'ENROLLMENT_NOT_FOUND', e.id is null), (403, :'ENROLLMENT_FORBIDDEN', u.person_id <> $2),
    (400, :'ENROLLMENT_COMPLETE', e.status = 'COMPLETED'), (200, null, true)) told (status, detail, so) where so limit 1) told
