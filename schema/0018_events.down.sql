-- Undoes 0018_events.up.sql.
drop view outbox.listed;
drop function outbox.publish(text, text, jsonb);
drop table outbox.events, outbox.settings;
delete from outbox.messages where kind = 'event';
