-- COACHING_PUT_PUSHES: for each notification one message per push token of the person told. Very long names are cut, for a push has room
--   for 4096 bytes; with 100000 messages waiting nothing is added. Index: fcm_tokens_user, messages_due.
-- takes: row.person int4[], row.title text[], row.message text[], row.data text[]
-- batch: 17
insert into outbox.messages (kind, payload)
select 'push', jsonb_build_object(
    'token_id', t.token_id, 'user_id', r.person,
    'title', case when octet_length(r.title) > 600 then left(r.title, 100) || '…' else r.title end,
    'body', r.message,
    'data', (select jsonb_object_agg(key, value) from jsonb_each_text(r.data::jsonb)))
from unnest($1, $2, $3, $4) as r (person, title, message, data)
join fcm_tokens t on t.user_id = r.person
where (select count(*) from (select from outbox.messages where state <> 'dead' limit 100000) waiting) < 100000
