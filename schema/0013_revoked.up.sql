-- Tokens of a person that were issued before this do not count any more; the trigger users_changed tells the workers.
alter table account.users add tokens_from timestamp;
