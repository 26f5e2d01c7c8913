-- CLASSROOM_CHAT_READER: may somebody read a chat: its creator, and whoever has been in it and was not removed. No row: there
-- is no such session. Index: sessions_pkey, participants_session_id_user_id_key.
-- takes: caller.user_id int4, arg.session_id int4
-- gives: may_read bool
select created_by = $1 or exists (select from participants p where p.session_id = s.session_id and user_id = $1 and not is_kicked)
from sessions s where session_id = $2
