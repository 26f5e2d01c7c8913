-- AUDIO_LIST: the caller's own uploads, newest first. A whole number of seconds is written with a fraction, since
-- clients read a float. Index: audio_files_uploaded.
-- takes: arg.user_id int4
-- gives: audio_id int4, body json
select audio_id,
       json_build_object('audio_id', audio_id, 'title', title, 'description', description, 'file_path', file_path,
           'mime_type', mime_type, 'duration', duration::numeric + 0.0, 'uploaded_by', uploaded_by, 'uploaded_at', iso(uploaded_at))
from audio_files
where uploaded_by = $1
order by uploaded_at desc, audio_id desc
