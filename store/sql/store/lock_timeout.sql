-- STORE_LOCK_TIMEOUT: bounds the waits for locks in this transaction.
-- takes: arg.timeout text
-- gives: timeout text
select set_config('lock_timeout', $1, true)
