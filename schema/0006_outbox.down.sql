-- Undoes 0006_outbox.up.sql.
drop schema outbox cascade;
