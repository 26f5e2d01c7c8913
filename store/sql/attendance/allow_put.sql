-- ATTENDANCE_ALLOW_PUT: lets an address sign in, or renews its name and role; says which of the two. Index: allowed_emails_email_key.
-- takes: arg.email text, arg.role text, arg.name text
-- gives: email text, fresh bool
with known as (select id from attendance.allowed_emails where email = attendance.plain_email($1))
insert into attendance.allowed_emails as a (email, role, name)
values ($1, $2::attendance.userrole, nullif($3, ''))
on conflict (email) do update set role = excluded.role, name = excluded.name
returning a.email, not exists (table known)
