-- Undoes 0002_classroom.up.sql.
drop schema classroom cascade;
