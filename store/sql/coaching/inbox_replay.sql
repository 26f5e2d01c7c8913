-- COACHING_INBOX_REPLAY: the events of a person's room after one number and up to another, to continue a stream. Index: notifications_seq.
-- takes: arg.person int4, arg.after int8, arg.last int8, arg.limit int4
-- gives: seq int8, type text, data text
select n.seq, n.type, n.data::text
from coaching.users u join coaching.notifications n on n.user_id = u.id
where u.person_id = $1 and n.seq > $2 and n.seq <= $3
order by n.seq limit $4
