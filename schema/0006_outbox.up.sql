-- The outbox: what is to be told to others once the transaction that says so has committed. Written by any area's
-- statements, taken by the notifier (actors/notifier/notifier.c), which hands a message to the courier of its kind and removes it
-- when it is delivered. At least once: the id is the same at every attempt and is sent along.
--   state   waiting: due at next_at. sending: with a courier; due again at next_at, should nothing be heard of it.
--           dead: given up, last_error says why; kept for operators (lectern outbox)
--   payload what the courier of that kind wants to know; no secrets
create schema outbox;

create table outbox.messages (
    id         uuid primary key default gen_random_uuid(),
    kind       text not null check (kind ~ '^[a-z_]+$'),
    payload    jsonb not null,
    state      text not null default 'waiting' check (state in ('waiting', 'sending', 'dead')),
    attempts   int not null default 0,
    next_at    timestamp not null default (now() at time zone 'utc'),
    created_at timestamp not null default (now() at time zone 'utc'),
    last_error text
);
create index messages_due on outbox.messages (next_at) where state <> 'dead';
create index messages_dead on outbox.messages (created_at) where state = 'dead';

-- Wakes the notifier when the transaction has committed.
create function outbox.tell_added() returns trigger language plpgsql as $$
begin
    perform pg_notify('outbox_added', '');
    return null;
end $$;
create trigger messages_added after insert on outbox.messages
    for each statement execute function outbox.tell_added();
