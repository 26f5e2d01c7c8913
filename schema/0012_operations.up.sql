-- What operators changed through the admin socket.
create schema operations;

create table operations.audit (
    audit_id  bigint    primary key, -- random: a row that is tried again is known
    at        timestamp not null,
    uid       bigint,                -- who asked, as the kernel says; null: was not to be had
    pid       bigint,
    user_name text,                  -- of the uid then; null: has none
    command   text      not null,
    arguments text      not null,
    failed    text                   -- why it failed; null: it did not
);
create index audit_at on operations.audit (at);
