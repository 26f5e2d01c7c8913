-- Undoes 0022_shares.up.sql.
set search_path to classroom;
drop index outbox.messages_push;
alter table audio_files drop column bytes;
