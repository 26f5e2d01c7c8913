-- STORE_ZONE: fails for what is no time zone.
-- takes: arg.zone text
-- gives: here timestamp
select now() at time zone $1
