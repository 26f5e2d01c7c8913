-- Undoes 0020_coaching.up.sql.
drop schema coaching cascade;
