-- STORE_MIGRATIONS_APPLIED: the applied steps, rising.
-- gives: number int4, name text, applied_at timestamp
select number, name, to_char(applied_at, 'YYYY-MM-DD HH24:MI:SS') from public.schema_migrations order by number
