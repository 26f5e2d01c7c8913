-- STORE_DISCARD: makes a session as good as new, whoever had it before: a pooler may hand out used ones.
discard all
