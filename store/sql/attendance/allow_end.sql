-- ATTENDANCE_ALLOW_END: whoever came by an address has no role here any more, and no token of theirs counts. Runs after
-- ATTENDANCE_ALLOW_DELETE, in its transaction: a sign-in that was under way has ended by then. Indexes: users_email_key,
-- roles_pkey, users_pkey.
-- takes: arg.email text
-- gives: user_id int4
with person as (
    select user_id from attendance.users where email = attendance.plain_email($1)
), role as (
    delete from account.roles where area = 'attendance' and user_id in (table person)
)
update account.users
set tokens_from =
    greatest(date_trunc('second', clock_timestamp() at time zone 'utc'), tokens_from) + interval '1 second'
where user_id in (table person)
returning user_id
