-- COACHING_PUT_ENDS: sessions are over, each once: its report is wanted, and made later. Index: sessions_number.
-- takes: row.number int4[], row.ended_seq int8[], row.at timestamp[]
-- batch: 14
with ended as (
    update coaching.sessions s
    set status = 'ENDED', ended_at = coalesce(s.ended_at, r.at), ended_seq = r.ended_seq, updated_at = r.at
    from unnest($1, $2, $3) as r (number, ended_seq, at)
    where s.number = r.number and s.status = 'ACTIVE'
    returning s.id
), pending as (
    insert into coaching.session_reports (session_id) select id from ended on conflict do nothing
)
insert into outbox.messages (kind, payload) select 'report', jsonb_build_object('session_id', id) from ended
