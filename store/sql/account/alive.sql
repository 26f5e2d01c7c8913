-- ACCOUNT_ALIVE: does the database answer, and which is the last step of its schema?
-- gives: step int4
select coalesce(max(number), 0) from public.schema_migrations
