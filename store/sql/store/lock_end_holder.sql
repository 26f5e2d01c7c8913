-- STORE_LOCK_END_HOLDER: ends the session that holds an advisory lock, if it is the one of this process.
-- takes: arg.class int4, arg.key int4, arg.pid int4
-- gives: ended bool
select pg_terminate_backend(pid)
from pg_locks
where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
  and classid::bigint = $1 and objid::bigint = $2 and pid = $3 and granted
