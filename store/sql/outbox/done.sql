-- OUTBOX_DONE: a message has been delivered, or is not wanted any more.
-- takes: arg.id text
delete from outbox.messages where id = $1::uuid
