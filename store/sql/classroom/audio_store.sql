-- AUDIO_STORE: the row of an uploaded file and its log entry, in one transaction. The entry belongs to no session. No row if
--   the person's files would then be more than so many bytes (0: any number). Index: audio_files_uploaded.
-- takes: arg.user_id int4, arg.title text, arg.description text, arg.file_path text, arg.mime_type text,
--   arg.duration float8, arg.bytes int8, arg.most int8
-- gives: audio_id int4, body json
with made as (
    insert into audio_files (uploaded_by, title, description, file_path, mime_type, duration, bytes)
    select $1, $2, $3, $4, $5, $6, $7
    where $8 = 0 or $7 + (select coalesce(sum(bytes), 0) from audio_files where uploaded_by = $1) <= $8
    returning audio_id, title, description, file_path, mime_type, duration, uploaded_by, uploaded_at
), logged as (
    insert into logs (session_id, user_id, event_type, event_details, created_at)
    select null, uploaded_by, 'audio_uploaded',
           jsonb_build_object('audio_id', audio_id, 'title', title, 'file_path', file_path,
                              'duration', duration::numeric + 0.0, 'uploaded_at', iso(uploaded_at)),
           uploaded_at
    from made
)
select audio_id,
       json_build_object('audio_id', audio_id, 'title', title, 'description', description, 'file_path', file_path,
                         'mime_type', mime_type, 'uploaded_at', iso(uploaded_at))
from made
