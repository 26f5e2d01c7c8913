-- The sign-in whose streams go on over a new password, by whoever changed it: kept_sign_in names it, kept_from is the tokens_from
-- that the change set. A later revocation moves tokens_from, and the name counts no more.
alter table account.users add kept_sign_in text, add kept_from timestamp;
