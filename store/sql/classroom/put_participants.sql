-- CLASSROOM_PUT_PARTICIPANTS: the newest state of each person in a room; a room owns the whole row.
-- takes: row.participant_id int4[], row.session_id int4[], row.user_id int4[], row.joined_at timestamp[],
--   row.left_at timestamp[], row.is_muted bool[], row.is_kicked bool[], row.hand_raised_at timestamp[],
--   row.is_connected bool[]
-- batch: 1
insert into participants (participant_id, session_id, user_id, joined_at, left_at, is_muted, is_kicked, hand_raised,
                          hand_raised_at, is_connected)
select distinct on (participant_id) participant_id, session_id, user_id, joined_at, left_at, is_muted, is_kicked,
       hand_raised_at is not null, hand_raised_at, is_connected
from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) with ordinality
    as r (participant_id, session_id, user_id, joined_at, left_at, is_muted, is_kicked, hand_raised_at, is_connected, n)
order by participant_id, n desc
on conflict (participant_id) do update
set left_at = excluded.left_at, is_muted = excluded.is_muted, is_kicked = excluded.is_kicked,
    hand_raised = excluded.hand_raised, hand_raised_at = excluded.hand_raised_at, is_connected = excluded.is_connected
