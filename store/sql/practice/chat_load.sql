-- PRACTICE_CHAT_LOAD: everything a conversation knows, to build it anew: one row per message of its newest, oldest first, or one
--   without any: the 9 that the model is told (CHAT_CONTEXT), and 8 that may have no reply (CHAT_ASKED_MOST). No row: no such session. Indexes: chat_sessions_pkey, chat_messages_seq.
-- takes: arg.session_id int4
-- gives: student_id int4, person_id int4, name text, is_active bool, agent_type text, epoch int4, seq int8, last timestamp, answered int4,
--   message_id int4, message_seq int8, role text, content text
select s.student_id, st.person_id, st.name, s.is_active, s.agent_type, s.epoch,
       greatest(coalesce(s.ended_seq, 0), coalesce((select max(seq) from practice.chat_messages where session_id = $1), 0)),
       (select created_at from practice.chat_messages where session_id = $1 order by seq desc limit 1), s.answered,
       m.id, m.seq, m.role, m.content
from practice.chat_sessions s
join practice.students st on st.id = s.student_id
left join lateral (select * from practice.chat_messages where session_id = $1 order by seq desc limit 17) m on true
where s.id = $1
order by m.seq
