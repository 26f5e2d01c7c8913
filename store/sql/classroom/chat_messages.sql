-- CLASSROOM_CHAT_MESSAGES: part of a session's chat, oldest first (transport/api/list.h). Index: chat_messages_session.
-- takes: arg.session_id int4, arg.skip int4, arg.limit int4, arg.after text, arg.most int4
-- gives: key text, item json, over bool
select format('%s|%s', "timestamp", message_id) as key, json_build_object('message_id', message_id, 'session_id', session_id, 'participant_id', participant_id,
       'message', message, 'timestamp', iso("timestamp"), 'is_system_message', is_system_message), place = n and n < 500
from (select m.*, row_number() over oldest as place, count(*) over () as n,
             coalesce(sum(octet_length(message)) over (oldest rows between unbounded preceding and 1 preceding), 0) as before
      from (select * from chat_messages
            where session_id = $1 and ($4 is null or ("timestamp", message_id) > (split_part($4, '|', 1)::timestamp, split_part($4, '|', 2)::int4))
            order by "timestamp", message_id offset $2 limit least($3, 500)) m
      window oldest as (order by "timestamp", message_id)) page
where before < $5 order by "timestamp", message_id
