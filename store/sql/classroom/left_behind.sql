-- CLASSROOM_LEFT_BEHIND: sessions in which somebody still counts as connected: at start, what the last run left behind.
-- Index: participants_connected.
-- gives: session_id int4
select distinct session_id from participants where is_connected
