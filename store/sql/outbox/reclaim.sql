-- OUTBOX_RECLAIM: at start nothing is being sent: what the last run took is due again at once. Index: messages_due.
update outbox.messages set state = 'waiting', next_at = now() at time zone 'utc' where state = 'sending'
