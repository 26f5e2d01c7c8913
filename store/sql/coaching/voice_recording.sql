-- COACHING_VOICE_RECORDING: what an enrolment of the caller's waits to be completed with, and since when. Index: voice_enrollments_pkey.
-- takes: path.enrollment_id text, caller.user_id int4
-- gives: sample text, since text
select e.sample_base64, e.updated_at::text
from coaching.voice_enrollments e join coaching.users u on u.id = e.user_id
where e.id = $1 and u.person_id = $2 and e.status = 'UPLOADED'
