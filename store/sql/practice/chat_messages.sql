-- PRACTICE_CHAT_MESSAGES: part of a page of a conversation, oldest first, which is the order of ids too
-- (transport/api/list.h). Index: chat_messages_session.
-- takes: arg.session_id int4, arg.skip int4, arg.limit int4, arg.after text, arg.most int4
-- gives: key text, item json, over bool
select id::text as key, practice.chat_message_json(m::practice.chat_messages), place = n
from (select list.m, id, row_number() over (order by id) as place, count(*) over () as n,
             coalesce(sum(octet_length((list.m).content) + octet_length((list.m).metadata::text))
                      over (order by id rows between unbounded preceding and 1 preceding), 0) as before
      from (select id, m from practice.chat_messages m where session_id = $1 and id > coalesce($4::int4, 0)
            order by id offset $2 limit $3) list) page
where before < $5 order by id
