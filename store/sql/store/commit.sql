-- STORE_COMMIT: ends the transaction of one migration step.
commit
