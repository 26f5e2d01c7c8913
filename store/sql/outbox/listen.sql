-- OUTBOX_LISTEN: hears of messages added to the outbox, so that the notifier takes them at once.
listen outbox_added
