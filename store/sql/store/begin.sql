-- STORE_BEGIN: opens the transaction of one migration step.
begin
