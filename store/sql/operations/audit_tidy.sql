-- OPERATIONS_AUDIT_TIDY: forgets commands of operators from before a time, the oldest first and few at a time, so that it never
--   takes long; says how many. Index: audit_at.
-- takes: arg.before timestamp, arg.most int4
-- gives: count int8
with gone as (
    delete from operations.audit
    where audit_id in (select audit_id from operations.audit where at < $1 order by at limit $2)
    returning 1
)
select count(*) from gone
