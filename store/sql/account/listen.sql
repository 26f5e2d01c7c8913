-- ACCOUNT_LISTEN: hears of changes to people, so that cached identities are forgotten.
listen account_changed
