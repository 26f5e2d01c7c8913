-- CLASSROOM_PLAYABLE: an audio file that this teacher may play: one of their own. Index: audio_files_pkey.
-- takes: arg.user_id int4, arg.audio_id int4
-- gives: title text, duration float8
select title, duration from audio_files where audio_id = $2 and uploaded_by = $1
