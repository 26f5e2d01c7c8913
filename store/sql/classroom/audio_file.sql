-- AUDIO_FILE: what streaming a file needs to know of it. Index: the key.
-- takes: path.audio_id int4
-- gives: file_path text, mime_type text, title text
select file_path, mime_type, title from audio_files where audio_id = $1
