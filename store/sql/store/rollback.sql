-- STORE_ROLLBACK: takes a failed migration step back.
rollback
