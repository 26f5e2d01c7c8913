-- Playback survives a restart (classroom contract, sections 6 and 12):
--   playback_state  where each class is in its audio: the position was right at as_of, by the wall clock
--   playback        a row per playing, known by its session and beginning; none runs twice in a session
create table classroom.playback_state (
    session_id    int primary key references classroom.sessions on delete cascade,
    audio_file_id int references classroom.audio_files on delete set null,
    status        varchar(10) not null check (status in ('stopped', 'playing', 'paused')),
    speed         double precision not null,
    position      double precision not null,
    as_of         timestamp not null
);

create unique index playback_session_started on classroom.playback (session_id, started_at);
drop index classroom.playback_session;
create index playback_running on classroom.playback (session_id) where ended_at is null;
