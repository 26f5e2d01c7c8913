-- COACHING_SESSION_OPEN: the number of a session that goes on and in which somebody takes part. No row: there is none. Indexes:
--   sessions_pkey, session_participants_pkey, users_person.
-- takes: arg.sid text, arg.person int4
-- gives: number int4
select s.number
from coaching.sessions s
join coaching.session_participants p on p.session_id = s.id
join coaching.users u on u.id = p.user_id
where s.id = $1 and u.person_id = $2 and s.status = 'ACTIVE'
