-- Undoes 0020_coaching.up.sql.
create or replace function attendance.end_person() returns trigger language plpgsql as $$
begin
    delete from account.roles where user_id = old.user_id and area = 'attendance';
    delete from account.users u
    where u.user_id = old.user_id and u.role is null and u.password_hash is null
      and not exists (select 1 from account.roles r where r.user_id = u.user_id);
    return null;
end $$;
drop schema coaching cascade;
