-- Undoes 0016_kept.up.sql: streams of whoever changed the password may end, and come back.
alter table account.users drop kept_sign_in, drop kept_from;
