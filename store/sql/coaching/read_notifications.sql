-- COACHING_READ_NOTIFICATIONS: the caller has read all that they were told. Index: notifications_unread.
-- takes: caller.user_id int4
-- gives: status int4, body json
with read as (
    update coaching.notifications n set read_at = now() at time zone 'utc'
    from coaching.users u
    where u.person_id = $1 and n.user_id = u.id and n.read_at is null
    returning 1
)
select 200, json_build_object('ok', true, 'read', count(*)) from read
