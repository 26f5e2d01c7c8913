-- One person, many areas. A role belongs to (person, area): the classroom's is the documented column of account.users,
-- the others' stand in account.roles. Whoever has come by another area has no role in the classroom, and need not have a
-- password or a phone number.
alter table account.users alter column role drop not null, alter column password_hash drop not null;

create table account.roles (
    user_id int  not null references account.users on delete cascade,
    area    text not null check (area ~ '^[a-z_]+$' and area <> 'classroom'),
    role    text not null check (role ~ '^[a-z_]+$'),
    primary key (user_id, area)
);

-- A role that is given counts at once too: who was looked up before may be cached without it.
create function account.tell_role_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('account_changed', coalesce(new.user_id, old.user_id)::text);
    return null;
end $$;
create trigger roles_changed after insert or update or delete on account.roles
    for each row execute function account.tell_role_changed();

-- A timestamp with its zone, always UTC, always six digits of fraction.
create function account.iso(t timestamptz) returns text language sql immutable parallel safe as $$
    select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
$$;

-- Names that several areas have are the classroom's.
do $$
begin
    execute format('alter role %I in database %I set search_path = classroom, account, attendance, courses, public',
                   current_user, current_database());
end $$;
