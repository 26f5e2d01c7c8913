-- AUDIO_FILE: what streaming a file needs to know of it, and whether this person may hear it: who uploaded it, and who is of a
-- session in which it is selected or was played, removed people aside. Without a person (null) that is not asked. Indexes:
-- audio_files_pkey, participants_user, playback_session_started, playback_state_pkey.
-- takes: path.audio_id int4, arg.user_id int4
-- gives: file_path text, mime_type text, title text, may bool
select file_path, mime_type, title,
       $2 is null or uploaded_by = $2 or exists (
           select 1
           from participants i
           where i.user_id = $2 and not i.is_kicked
             and (exists (select 1 from playback p where p.session_id = i.session_id and p.audio_file_id = $1)
                  or exists (select 1 from playback_state b where b.session_id = i.session_id and b.audio_file_id = $1)))
from audio_files where audio_id = $1
