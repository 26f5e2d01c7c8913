-- ACCOUNT_REGISTER: makes a person; no row when the phone number is taken.
-- takes: body.name text, body.phone_number text, body.role text, arg.hash text
-- gives: user_id int4, body json
insert into account.users (name, phone_number, role, password_hash)
select $1, $2, $3, $4
where not exists (select from account.users where account.plain(phone_number) = account.plain($2))
on conflict (phone_number) do nothing
returning user_id,
          json_build_object('user_id', user_id, 'name', name, 'phone_number', phone_number, 'role', role,
                            'created_at', iso(created_at))
