-- AUDIO_LIST: the caller's own uploads, newest first. A whole number of seconds is written with a fraction, since
-- clients read a float. Index: audio_files_uploaded.
-- takes: caller.user_id int4
-- gives: status int4, body json
select 200, coalesce(json_agg(json_build_object(
           'audio_id', audio_id, 'title', title, 'description', description, 'file_path', file_path,
           'mime_type', mime_type, 'duration', duration::numeric + 0.0, 'uploaded_by', uploaded_by, 'uploaded_at', iso(uploaded_at))
           order by uploaded_at desc, audio_id desc), '[]')
from audio_files
where uploaded_by = $1
