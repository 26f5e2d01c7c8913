-- COURSES_SIGN_UP: makes a person with a role in courses. Whoever loses a race breaks users_user_name or users_email.
-- takes: body.username text, body.name text, body.email text, body.role text, arg.hash text
-- gives: status int4, body json
-- refuses: EMAIL_TAKEN, NAME_TAKEN
with taken as (
    select exists (select from courses.users where lower(account.plain(email)) = lower(account.plain($3))) as email,
           exists (select from courses.users where account.plain(user_name) = account.plain($1)) as user_name
), person as (
    insert into account.users (name, password_hash)
    select coalesce($2, $1), $5 from taken where not email and not user_name
    returning user_id, name, created_at
), profile as (
    insert into courses.users (user_id, user_name, email) select user_id, $1, $3 from person
), role as (
    insert into account.roles (user_id, area, role) select user_id, 'courses', $4 from person
)
select case when email or user_name then 400 else 201 end,
       case when email then json_build_object('detail', :'EMAIL_TAKEN')
            when user_name then json_build_object('detail', :'NAME_TAKEN')
            else (select json_build_object('message', 'User registered successfully', 'user_id', user_id, 'id', user_id, 'name', name,
                                           'username', $1, 'user_name', $1, 'email', $3, 'role', $4,
                                           'created_at', account.iso(created_at at time zone 'utc'))
                  from person) end
from taken
