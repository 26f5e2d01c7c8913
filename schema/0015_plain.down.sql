-- Takes back what 0015 added. Addresses that were made plain stay so.
create or replace function attendance.plain_email(email text) returns text language sql immutable parallel safe as $$
    select lower(btrim(email, E' \t\r\n'))
$$;
drop index courses.users_plain_email, courses.users_plain_name, account.users_plain_phone;
drop function account.plain(text);
