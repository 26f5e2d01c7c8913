-- CLASSROOM_RUN_ALIVE: the server still runs.
-- takes: arg.run_id int4, arg.at timestamp
update runs set alive_at = greatest(alive_at, $2) where run_id = $1
