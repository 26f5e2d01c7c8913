-- How much of the disk somebody has taken (of files from before nobody has asked), and which pushes wait for a device.
set search_path to classroom;
alter table audio_files add column bytes bigint not null default 0;
create index messages_push on outbox.messages ((payload ->> 'token_id')) where kind = 'push' and state <> 'dead';
