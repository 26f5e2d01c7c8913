-- ACCOUNT_REVOKED_SINCE: of whom tokens have stopped to count since a time. Indexes: users_tokens_from, jwt_tokens_revoked.
-- takes: arg.since timestamp
-- gives: user_id int4
select user_id from account.users where tokens_from >= $1
union
select user_id from classroom.jwt_tokens where revoked_at >= $1
