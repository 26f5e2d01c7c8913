-- CLASSROOM_RUN_BEGIN: the server has started. It never overlaps with its predecessor, which may have ended later than
-- this one began to start.
-- takes: arg.at timestamp
-- gives: run_id int4
insert into runs (started_at, alive_at)
select at, at from (select greatest($1, max(alive_at) + interval '1 microsecond') as at from runs) r
returning run_id
