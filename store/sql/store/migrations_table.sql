-- STORE_MIGRATIONS_TABLE: makes the list of applied steps, once.
create table if not exists public.schema_migrations (
    number     int primary key,
    name       text not null,
    applied_at timestamp not null default (now() at time zone 'utc')
)
