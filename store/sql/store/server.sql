-- STORE_SERVER: the server process that runs this, by its number, and told from one of another server too.
-- gives: pid int4, process text
select pg_backend_pid(), pg_backend_pid() || ' ' || pg_postmaster_start_time()
