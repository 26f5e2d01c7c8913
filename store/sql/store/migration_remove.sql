-- STORE_MIGRATION_REMOVE: notes a step as undone, in its own transaction.
-- takes: arg.number int4
delete from public.schema_migrations where number = $1
