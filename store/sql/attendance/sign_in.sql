-- ATTENDANCE_SIGN_IN: a person whom Google vouches for, if the list of allowed addresses has them: makes or renews the profile and
-- the role. No row: not on the list. Of simultaneous first sign-ins one makes the person, the others find them.
-- Indexes: allowed_emails_email_key, users_email_key.
-- takes: arg.email text, arg.name text
-- gives: user_id int4, id uuid, email text, name text, role text, tokens_from int8
with listed as (
    select email, role::text as role,
           coalesce(nullif($2, ''), nullif(account.plain(name), ''), split_part(email, '@', 1)) as name
    from attendance.allowed_emails where email = attendance.plain_email($1)
    for key share -- whoever takes it off the list waits, and ends what this begins
), known as (
    select user_id from attendance.users where email = attendance.plain_email($1) for key share -- it stays, or is gone already
), drawn as materialized (
    select coalesce((select user_id from known), nextval('account.users_user_id_seq')::int) as user_id from listed
), profile as (
    insert into attendance.users as u (user_id, email, name, last_login_at)
    select drawn.user_id, listed.email, listed.name, now() from listed, drawn
    on conflict (email) do update set name = excluded.name, last_login_at = excluded.last_login_at
    returning u.user_id, u.id, u.email, u.name
), person as (
    insert into account.users (user_id, name)
    select p.user_id, p.name from profile p, drawn d where p.user_id = d.user_id and not exists (table known)
), granted as (
    insert into account.roles as r (user_id, area, role) select p.user_id, 'attendance', l.role from profile p, listed l
    on conflict (user_id, area) do update set role = excluded.role where r.role <> excluded.role
)
select p.user_id, p.id, p.email, p.name, l.role,
       (select extract(epoch from u.tokens_from)::bigint from account.users u where u.user_id = p.user_id)
from profile p, listed l
