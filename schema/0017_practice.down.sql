-- Undoes 0017_practice.up.sql.
drop schema practice cascade;
