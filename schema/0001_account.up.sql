-- People, once for all product areas. A role belongs to (person, area): the documented role column is the classroom's.
create schema if not exists account;

create table account.users (
    user_id       serial primary key,
    name          text not null,
    phone_number  text unique,
    role          varchar(20) not null check (role in ('teacher', 'student')),
    password_hash text not null,
    created_at    timestamp not null default (now() at time zone 'utc')
);
create index users_role on account.users (role);

-- Tells every worker to forget what it has cached of a person.
create function account.tell_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('account_changed', old.user_id::text);
    return null;
end $$;
create trigger users_changed after update or delete on account.users
    for each row execute function account.tell_changed();

-- A timestamp as clients read it: ISO 8601, no zone, six digits of fraction or none (classroom contract, section 1.2).
create function account.iso(t timestamp) returns text language sql immutable parallel safe as $$
    select to_char(t, case when date_trunc('second', t) = t then 'YYYY-MM-DD"T"HH24:MI:SS'
                           else 'YYYY-MM-DD"T"HH24:MI:SS.US' end)
$$;
