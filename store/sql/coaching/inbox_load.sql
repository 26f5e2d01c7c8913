-- COACHING_INBOX_LOAD: what a person's room knows. No row: no such person. Indexes: users_person, notifications_seq.
-- takes: arg.person int4
-- gives: user_id text, name text, epoch int4, seq int8, last timestamp
select u.id, coalesce(u.display_name, split_part(u.email, '@', 1)), 1, coalesce(n.seq, 0), n.created_at
from coaching.users u
left join lateral (select seq, created_at from coaching.notifications where user_id = u.id order by seq desc limit 1) n on true
where u.person_id = $1
