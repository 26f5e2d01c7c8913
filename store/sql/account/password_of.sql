-- ACCOUNT_PASSWORD_OF: what a change of the password needs, and by which name failed sign-ins of the person are counted (a name of
-- courses as its area does, transport/api/courses/signing.c). Indexes: users_pkey.
-- takes: arg.user_id int4
-- gives: password_hash text, counted_as text
select u.password_hash, coalesce(u.phone_number, 'courses:' || c.user_name, '')
from account.users u left join courses.users c on c.user_id = u.user_id
where u.user_id = $1
