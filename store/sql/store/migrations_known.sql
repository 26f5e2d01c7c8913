-- STORE_MIGRATIONS_KNOWN: is there a list of applied steps?
-- gives: known bool
select to_regclass('public.schema_migrations') is not null
