-- COACHING_MAKE_REPORT: a session's report, of what its people were told (coaching contract, section 8.3). One that is READY stays as it is,
-- so it may be made any number of times; no row: there is no such session, or it has not ended. Index: nudge_events_seq.
-- takes: arg.session_id text
-- gives: made bool
with ended as materialized (
    select id from coaching.sessions where id = $1 and status <> 'ACTIVE' for key share
), counted as (
    select e.id, count(n.id) as n, count(*) filter (where n.nudge_type = 'SLOW_DOWN') as s, count(*) filter (where n.nudge_type = 'PAUSE') as p
    from ended e left join coaching.nudge_events n on n.session_id = e.id group by e.id
), told as (
    select id, case when s = 0 then format('%s nudges delivered. Try more pauses.', n)
                    else format('%s nudges delivered. %s slow-down suggestions, %s pause suggestions.', n, s, p) end as summary,
           array_remove(array[case when s > 3 then 'Practice slower speech in future sessions' end,
                              case when p > 3 then 'Try to pause more and allow the other person to speak' end,
                              case when n > 0 and s <= 3 and p <= 3 then 'Continue practicing active listening' end], null) as action_items
    from counted
), made as (
    insert into coaching.session_reports as r (session_id, summary, action_items, status) select id, summary, to_json(action_items), 'READY' from told
    on conflict (session_id) do update
    set summary = excluded.summary, action_items = excluded.action_items, status = 'READY', updated_at = excluded.updated_at
    where r.status = 'PENDING'
    returning 1
)
select exists (table made) from ended
