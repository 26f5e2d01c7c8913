-- CLASSROOM_PUT_EVENTS: keeps stream frames that a log row cannot tell.
-- takes: row.session_id int4[], row.seq int8[], row.name text[], row.data text[]
-- batch: 5
insert into events (session_id, seq, name, data)
select * from unnest($1, $2, $3, $4)
