-- Undoes 0005_runs.up.sql.
drop table classroom.runs;
