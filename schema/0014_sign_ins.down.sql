-- Undoes 0014_sign_ins.up.sql: sign-ins that were ended count again, until their tokens end.
drop index account.users_tokens_from;
drop trigger jwt_tokens_changed on classroom.jwt_tokens;
drop index classroom.jwt_tokens_revoked;
drop index classroom.jwt_tokens_expires;
alter table classroom.jwt_tokens drop revoked_at;
