-- People, rooms and their participants for a run of tools/bench: user u of `people` is a participant of every room.
set search_path = classroom, account;
insert into account.users (name, phone_number, role, password_hash)
select 'User ' || u, '+1555' || u, case when u = 1 then 'teacher' else 'student' end, 'x'
from generate_series(1, :people) u;
insert into sessions (title, created_by) select 'Room ' || r, 1 from generate_series(1, :rooms) r;
insert into participants (session_id, user_id)
select r, u from generate_series(1, :rooms) r, generate_series(1, :people) u;
analyze;
