-- The classroom area: the documented tables (classroom contract, section 11), with these additions:
--   sessions.epoch            names the life of this session's sequence numbers; raised when a log was lost or restored
--   participants.is_connected a stream is open; what a restart left behind is put right from it
--   logs.seq                  the event's place in its session; the database itself refuses a second writer
--   events                    the stream frames that cannot be told from a log row, for resuming
-- Tables of the document that this server does not write yet are made all the same.
create schema if not exists classroom;

-- The documented "select … from logs" finds its table in any client of this role.
do $$
begin
    execute format('alter role %I in database %I set search_path = classroom, account, public', current_user,
                   current_database());
end $$;
set local search_path = classroom, account;

create table sessions (
    session_id serial primary key,
    title      text,
    created_by int references account.users on delete set null,
    is_active  boolean not null default true,
    created_at timestamp not null default (now() at time zone 'utc'),
    ended_at   timestamp,
    epoch      int not null default 1
);
create index sessions_active on sessions (is_active, created_by);

create table participants (
    participant_id serial primary key,
    session_id     int not null references sessions on delete cascade,
    user_id        int not null references account.users on delete cascade,
    joined_at      timestamp not null default (now() at time zone 'utc'),
    left_at        timestamp,
    is_muted       boolean not null default false,
    is_kicked      boolean not null default false,
    hand_raised    boolean not null default false,
    is_connected   boolean not null default false,
    unique (session_id, user_id)
);
create index participants_user on participants (user_id);
create index participants_connected on participants (session_id) where is_connected;

create table audio_files (
    audio_id    serial primary key,
    title       text not null,
    description text default '',
    file_path   text not null,
    mime_type   text not null default 'audio/mpeg',
    duration    double precision,
    uploaded_by int references account.users on delete set null,
    uploaded_at timestamp not null default (now() at time zone 'utc')
);
create index audio_files_uploaded on audio_files (uploaded_by, uploaded_at);

create table playback (
    playback_id   serial primary key,
    session_id    int not null references sessions on delete cascade,
    audio_file_id int references audio_files on delete set null,
    started_by    int references account.users on delete set null,
    started_at    timestamp not null default (now() at time zone 'utc'),
    ended_at      timestamp,
    speed         double precision not null default 1.0
);
create index playback_session on playback (session_id);

create table questions (
    question_id serial primary key,
    session_id  int not null references sessions on delete cascade,
    asked_by    int references account.users on delete set null,
    content     text not null,
    asked_at    timestamp not null default (now() at time zone 'utc'),
    is_answered boolean not null default false
);
create index questions_session on questions (session_id);

create table logs (
    log_id        serial primary key,
    session_id    int references sessions on delete cascade,
    user_id       int references account.users on delete set null,
    event_type    varchar(50) not null,
    event_details jsonb,
    created_at    timestamp not null default (now() at time zone 'utc'),
    seq           bigint
);
create unique index logs_session_seq on logs (session_id, seq);
create index logs_session_created on logs (session_id, created_at);
create index logs_session_type on logs (session_id, event_type, created_at);

create table events (
    session_id int not null references sessions on delete cascade,
    seq        bigint not null,
    name       text not null,
    data       text not null,
    primary key (session_id, seq)
);

create table jwt_tokens (
    token_id   serial primary key,
    user_id    int not null references account.users on delete cascade,
    token      text not null unique,
    issued_at  timestamp not null default (now() at time zone 'utc'),
    expires_at timestamp not null,
    is_revoked boolean not null default false
);
create index jwt_tokens_user on jwt_tokens (user_id);

create table chat_messages (
    message_id        serial primary key,
    session_id        int not null references sessions on delete cascade,
    participant_id    int not null references participants on delete cascade,
    message           text not null,
    timestamp         timestamp not null default (now() at time zone 'utc'),
    is_system_message boolean not null default false
);
create index chat_messages_session on chat_messages (session_id, timestamp);

create table audio_messages (
    audio_message_id serial primary key,
    session_id       int not null references sessions on delete cascade,
    participant_id   int not null references participants on delete cascade,
    audio_file_id    int references audio_files on delete set null,
    timestamp        timestamp not null default (now() at time zone 'utc'),
    duration         double precision
);
create index audio_messages_session on audio_messages (session_id);

create table fcm_tokens (
    token_id    serial primary key,
    user_id     int not null references account.users on delete cascade,
    token       text not null,
    device_type varchar(20),
    created_at  timestamp not null default (now() at time zone 'utc'),
    last_used   timestamp
);
create index fcm_tokens_user on fcm_tokens (user_id);
