-- Undoes 0001_account.up.sql.
drop table account.users;
drop function account.tell_changed();
drop function account.iso(timestamp);
drop schema account;
