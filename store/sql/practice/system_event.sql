-- PRACTICE_SYSTEM_EVENT: something about the service itself (practice contract, sections 9 and 10): kept, the newest hundred thousand, and
-- published. Severity: info, warning or error. Index: system_events_pkey.
-- takes: arg.event_type text, arg.component text, arg.severity text, arg.details json
-- gives: kept int8
with made as (
    insert into practice.system_events (event_type, component, severity, details) values ($1, $2, $3, $4) returning *
), tidied as (
    delete from practice.system_events where id <= (select id from made) - 100000
), told as materialized (
    select outbox.publish('system-events', component, jsonb_build_object(
               'event_type', event_type, 'component', component, 'severity', severity, 'details', coalesce(details::jsonb, '{}')))
    from made
)
select count(*) from told
