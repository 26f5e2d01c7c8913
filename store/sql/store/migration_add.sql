-- STORE_MIGRATION_ADD: notes a step as applied, in its own transaction.
-- takes: arg.number int4, arg.name text
insert into public.schema_migrations (number, name) values ($1, $2)
