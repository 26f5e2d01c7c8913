-- STORE_ZONE_NOW: what time it is in a zone; fails for what is none.
-- takes: arg.zone text
-- gives: here text
select to_char(now() at time zone $1, 'YYYY-MM-DD HH24:MI')
