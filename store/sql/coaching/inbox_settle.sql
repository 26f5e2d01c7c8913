-- COACHING_INBOX_SETTLE: did the batch with this event commit? Asked when a commit's answer was lost. Index: notifications_seq.
-- takes: arg.person int4, arg.seq int8
-- gives: committed bool
select exists (select from coaching.notifications n join coaching.users u on u.id = n.user_id where u.person_id = $1 and n.seq = $2)
