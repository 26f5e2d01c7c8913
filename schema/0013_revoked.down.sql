-- Undoes 0013_revoked.up.sql.
alter table account.users drop tokens_from;
