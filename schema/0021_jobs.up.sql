-- The outbox is the way of all work that must not be lost: messages to others, and jobs, which a statement does. Kinds are taken
-- side by side, each as far as its courier has room, so that one which is slow holds up no other; due by kind, therefore.
drop index outbox.messages_due;
create index messages_due on outbox.messages (kind, next_at) where state <> 'dead';
