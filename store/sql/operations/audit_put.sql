-- OPERATIONS_AUDIT_PUT: a command of an operator that changed something, or failed to; once, however often it is tried.
-- takes: arg.id int8, arg.at timestamp, arg.uid int8, arg.pid int8, arg.user text, arg.command text, arg.arguments text,
--   arg.failed text
insert into operations.audit (audit_id, at, uid, pid, user_name, command, arguments, failed)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (audit_id) do nothing
