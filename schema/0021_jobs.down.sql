-- Undoes 0021_jobs.up.sql.
drop index outbox.messages_due;
create index messages_due on outbox.messages (next_at) where state <> 'dead';
