-- ACCOUNT_ALIVE: does the database answer?
-- gives: alive int4
select 1
