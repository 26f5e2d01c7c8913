-- Undoes 0004_playback.up.sql.
drop table classroom.playback_state;
create index playback_session on classroom.playback (session_id);
drop index classroom.playback_session_started;
drop index classroom.playback_running;
