-- Sign-ins that their person has ended (sign-out): rows of the documented jwt_tokens. token is the name of the sign-in, not a
-- token; issued_at when it was, expires_at when its last token ends, after which the row may go. Tells the workers.
alter table classroom.jwt_tokens add revoked_at timestamp;
create index jwt_tokens_expires on classroom.jwt_tokens (expires_at);
create index jwt_tokens_revoked on classroom.jwt_tokens (revoked_at);
create trigger jwt_tokens_changed after insert or update on classroom.jwt_tokens
    for each row execute function account.tell_role_changed();

-- Whose tokens have been revoked lately: asked when the connection has been away.
create index users_tokens_from on account.users (tokens_from) where tokens_from is not null;
