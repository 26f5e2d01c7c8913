-- STORE_DATABASE_EXISTS: is there a database of this name in the cluster?
-- takes: arg.name text
-- gives: known bool
select exists (select 1 from pg_database where datname = $1)
