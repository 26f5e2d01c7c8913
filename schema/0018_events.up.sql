-- Events: what has happened, for whoever reads it from Kafka (practice contract, section 9). A way of the outbox beside
-- outbox.messages: those are deliveries of their own, each with attempts, answers and a time; events are many, go out in
-- batches, and keep their order per key. Taken by the publisher (actors/publisher/publisher.c).
--
-- A statement that changes something publishes in the same transaction:
--
--     select outbox.publish('progress-updates', student_id || ':' || exercise_id, jsonb_build_object(...)) from changed
--
--   topic  of Kafka
--   key    events of one topic and key stay in order, if their transactions do not overlap: so publish from the rows that
--          the change gives back (which it has locked), not from its arguments
--   event  the value, an object; `timestamp` is added where it has none. No passwords, tokens or submitted code: consumers
--          are others
--
-- Gives the event's id, which stays the same however often it is sent (a header of the record); null while there is no
-- Kafka to publish to, and then nothing is kept. A select in WITH runs only if the statement reads it: one that publishes
-- has to be counted or joined. It tells nobody: a notification would make commits wait for each other, so the publisher
-- looks by itself.
create table outbox.events (
    seq        bigint generated always as identity primary key,
    id         uuid not null default gen_random_uuid(),
    topic      text not null,
    key        text not null,
    event      jsonb not null,
    size       int not null, -- bytes of the record, without its headers
    created_at timestamp not null default (now() at time zone 'utc')
);
-- Rows come and go by thousands while the table stays small.
alter table outbox.events set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- What the server that runs has been told. One row.
create table outbox.settings (
    one    bool primary key default true check (one),
    events bool not null default false -- there is a Kafka: events are kept until they are published
);
insert into outbox.settings default values;

create function outbox.publish(topic text, key text, event jsonb) returns uuid language plpgsql as $$
declare
    value jsonb := jsonb_build_object('timestamp', account.iso(now() at time zone 'utc')) || event;
    given uuid;
begin
    if topic is null or key is null or jsonb_typeof(value) is distinct from 'object' then
        raise warning 'not an event: % %', topic, key; -- what it tells of is more important
        return null;
    end if;
    insert into outbox.events (topic, key, event, size)
    select publish.topic, publish.key, value, octet_length(publish.topic) + octet_length(publish.key) + octet_length(value::text)
    from outbox.settings s where s.events
    returning id into given;
    return given;
end $$;

-- Everything in the outbox, for operators. An event that can never be published is a dead message of the kind event.
create view outbox.listed as
select id, kind, state, attempts, created_at, next_at, last_error from outbox.messages
union all
select id, 'event', 'waiting', 0, created_at, created_at, null from outbox.events;
