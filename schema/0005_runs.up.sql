-- When the server ran: one row for each start, its sign of life renewed while it runs. Streams end with the server, so
-- attendance counts nobody as present between a run's last sign of life and the next start.
create table classroom.runs (
    run_id     serial primary key,
    started_at timestamp not null,
    alive_at   timestamp not null
);
