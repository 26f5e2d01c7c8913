-- Undoes 0012_operations.up.sql.
drop table operations.audit;
drop schema operations;
