-- STORE_LOCK: takes an advisory lock for the life of the connection. The class says what for: see store/lock_class.h.
-- takes: arg.class int4, arg.key int4
-- gives: locked text
select pg_advisory_lock($1, $2)
