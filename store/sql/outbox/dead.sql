-- OUTBOX_DEAD: a message is given up.
-- takes: arg.id text, arg.why text
update outbox.messages set state = 'dead', last_error = $2 where id = $1::uuid and state = 'sending'
