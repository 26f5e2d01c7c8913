-- CLASSROOM_CREATE: opens a session and logs it, in one transaction.
-- takes: caller.user_id int4, body.title text
-- gives: status int4, body json
with made as (
    insert into sessions (title, created_by) values ($2, $1)
    returning session_id, title, is_active, created_by, created_at, ended_at
), logged as (
    insert into logs (session_id, user_id, event_type, event_details, created_at, seq)
    select session_id, created_by, 'session_created', jsonb_build_object('title', title), created_at, 1 from made
)
select 200,
       json_build_object('session_id', session_id, 'title', title, 'is_active', is_active, 'created_by', created_by,
                         'created_at', iso(created_at), 'ended_at', iso(ended_at), 'participant_count', 0)
from made
