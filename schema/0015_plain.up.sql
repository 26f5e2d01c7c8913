-- Texts as they are typed and pasted have characters around them that nobody sees, and some were stored so before the server took them
-- off. What is stored stays as it is; it is found by its plain form, which the same number, name or address always has.

-- Without what nobody sees at its ends: the set of proto/base/utf8.c, with what that leaves at an end because it belongs to a letter.
create function account.plain(t text) returns text language sql immutable strict parallel safe as $$
    select regexp_replace(t, '^[' || blanks || ']+|[' || blanks || ']+$', '', 'g')
    from (values ('\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f'
                  '\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a'
                  '\U000e0000-\U000e0fff')) as invisible (blanks)
$$;

create index users_plain_phone on account.users (account.plain(phone_number));
create index users_plain_name on courses.users (account.plain(user_name));
create index users_plain_email on courses.users (lower(account.plain(email)));

-- Addresses of attendance are kept plain by triggers. Of several rows that are the same address now, the one that has been found so
-- far stays what it is found by.
create or replace function attendance.plain_email(email text) returns text language sql immutable parallel safe as $$
    select lower(account.plain(email))
$$;
update attendance.allowed_emails e set email = p.email
from (select distinct on (attendance.plain_email(email)) id, attendance.plain_email(email) as email from attendance.allowed_emails
      order by attendance.plain_email(email), email = attendance.plain_email(email) desc, created_at desc) p
where p.id = e.id and p.email <> e.email;
update attendance.users u set email = p.email
from (select distinct on (attendance.plain_email(email)) id, attendance.plain_email(email) as email from attendance.users
      where email is not null
      order by attendance.plain_email(email), email = attendance.plain_email(email) desc, created_at desc) p
where p.id = u.id and p.email <> u.email;
