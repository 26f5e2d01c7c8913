-- CLASSROOM_CHAT: a session's chat, oldest first, for its creator and for whoever has been in it and was not removed.
-- Index: chat_messages_session.
-- takes: caller.user_id int4, path.session_id int4
-- gives: status int4, body json
-- refuses: SESSION_NOT_FOUND, NOT_IN_SESSION
with s as (select session_id, created_by from sessions where session_id = $2),
     allowed as (select 1 from s where created_by = $1
                 union all
                 select 1 from participants where session_id = $2 and user_id = $1 and not is_kicked)
select case when not exists (table s) then 404 when not exists (table allowed) then 403 else 200 end,
       case when not exists (table s) then json_build_object('detail', :'SESSION_NOT_FOUND')
            when not exists (table allowed) then json_build_object('detail', :'NOT_IN_SESSION')
            else (select coalesce(json_agg(json_build_object('message_id', message_id, 'session_id', session_id,
                      'participant_id', participant_id, 'message', message, 'timestamp', iso("timestamp"),
                      'is_system_message', is_system_message) order by "timestamp", message_id), '[]')
                  from chat_messages where session_id = $2 and exists (table allowed)) end
