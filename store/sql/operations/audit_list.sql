-- OPERATIONS_AUDIT_LIST: the newest commands of operators that changed something. Index: audit_at.
-- takes: arg.limit int4
-- gives: data text
select coalesce(json_agg(json_build_object('at', iso(at), 'user', user_name, 'uid', uid, 'pid', pid, 'command', command,
                                           'arguments', arguments, 'failed', failed) order by at desc, audit_id), '[]')::text
from (select * from operations.audit order by at desc, audit_id limit $1) newest
