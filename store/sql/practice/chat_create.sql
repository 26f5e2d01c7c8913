-- PRACTICE_CHAT_CREATE: a conversation of the caller's. A long topic is cut, not refused.
-- takes: caller.role text, caller.account int4, query.student_id int4, query.topic text, query.agent_type text
-- gives: status int4, body json
-- refuses: CHAT_FOR_ANOTHER
with made as (
    insert into practice.chat_sessions (student_id, topic, agent_type)
    select $2, left($4, 100), $5 where $1 = 'student' and $2 = $3 returning *
), told as (
    select practice.tell_chat(m.id, m.student_id, 'system', 'Chat session started with the agent ' || m.agent_type, m.created_at) from made m
)
select case when m is null then 403 else 201 end,
       case when m is null then json_build_object('detail', :'CHAT_FOR_ANOTHER') else practice.chat_session_json(m) end
from (select count(*) from told) t left join made m on true
