-- Conversations with the tutor are rooms: what is said in one has a number, and of each session is known how far it has been
-- answered, so that a restart finds who still waits for a reply.
alter table practice.chat_sessions
    add column epoch     int not null default 1,    -- life of the numbering
    add column ended_seq bigint,                    -- number of its end
    add column asked     int not null default 0,    -- the student's last message
    add column answered  int not null default 0;    -- the last of them that has a reply
alter table practice.chat_messages
    add column seq bigint;

-- Messages of before have numbers too, and no reply is owed to them.
update practice.chat_messages m set seq = n
from (select id, row_number() over (partition by session_id order by created_at, id) as n from practice.chat_messages) numbered
where numbered.id = m.id;
update practice.chat_sessions s set asked = last, answered = last
from (select session_id, max(id) as last from practice.chat_messages group by session_id) m
where m.session_id = s.id;

alter table practice.chat_messages
    alter column seq set not null,
    add constraint chat_messages_seq unique (session_id, seq);
create index chat_sessions_unanswered on practice.chat_sessions (id) where asked > answered;

create function practice.chat_session_json(s practice.chat_sessions) returns json language sql stable parallel safe as $$
    select json_build_object('id', s.id, 'student_id', s.student_id, 'session_id', s.session_id, 'topic', s.topic,
                             'agent_type', s.agent_type, 'is_active', s.is_active, 'created_at', practice.iso(s.created_at),
                             'updated_at', practice.iso(s.updated_at), 'ended_at', practice.iso(s.ended_at))
$$;

create function practice.chat_message_json(m practice.chat_messages) returns json language sql stable parallel safe as $$
    select json_build_object('id', m.id, 'session_id', m.session_id, 'role', m.role, 'content', m.content,
                             'message_metadata', m.metadata, 'metadata', m.metadata, 'created_at', practice.iso(m.created_at))
$$;

-- What is told of a conversation (practice contract, section 9).
create function practice.tell_chat(session_id int, student_id int, role text, content text, at timestamp) returns uuid language sql as $$
    select outbox.publish('chat-messages', session_id::text,
                          jsonb_build_object('event_type', 'chat_message', 'timestamp', practice.iso(at), 'session_id', session_id,
                                             'student_id', student_id, 'role', role, 'content', content))
$$;
