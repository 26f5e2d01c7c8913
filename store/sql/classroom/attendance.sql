-- CLASSROOM_ATTENDANCE: who was in a session and for how long, for its creator, from the log alone: one row for each
-- person who joined, or one without a person. Somebody is present from a stream's participant_joined to the next
-- participant_left or participant_kicked, to the end of the session, or to the last sign of life of the server that
-- held the stream, whichever comes first. A join without a stream lists the person and opens nothing; where the mark
-- "stream" is missing because the row is older, a join directly before a participant_left is taken for a stream's.
-- Index: logs_session_type.
-- takes: arg.user_id int4, arg.session_id int4
-- gives: known bool, allowed bool, title text, is_active bool, started_at timestamp, ended_at timestamp,
--   participant_id int4, user_id int4, name text, first_join timestamp, last_leave timestamp, present_seconds text,
--   rejoins int8, is_present bool
with s as (select session_id, title, is_active, created_at, ended_at, created_by = $1 as own
           from sessions where session_id = $2),
     -- Restarts during the session: when the new run began, and when the one before it last lived.
     breaks as (select coalesce(array_agg(r.started_at order by r.started_at), '{}') as began,
                       coalesce(array_agg(r.lived order by r.started_at), '{}') as lived
                from (select started_at, lag(alive_at) over (order by started_at) as lived from runs) r, s
                where r.lived is not null and r.started_at > s.created_at
                  and r.started_at <= coalesce(s.ended_at, 'infinity')),
     -- Rows of people, each with the number of departures before it: a stay of theirs, however many streams it had.
     e as (select *, count(*) filter (where not joins) over (partition by pid order by at, log_id
                                                             rows between unbounded preceding and 1 preceding) as stay
           from (select (event_details ->> 'participant_id')::int as pid, log_id, created_at as at, user_id,
                        event_type = 'participant_joined' as joins, event_type = 'participant_left' as leaves,
                        event_details ->> 'user_name' as name, event_details ? 'stream' as streams
                 from logs
                 where session_id = $2 and event_type in ('participant_joined', 'participant_left', 'participant_kicked')
                   and exists (select 1 from s where own)) r),
     -- A stay is cut where the server broke off.
     c as (select pid, stay, run, joined, user_id, name, went,
                  coalesce(connected, case when leaves then entered end) as came
           from (select pid, stay, width_bucket(at, began) as run, min(at) filter (where joins) as joined,
                        max(at) filter (where joins) as entered, min(at) filter (where streams) as connected,
                        max(at) filter (where not joins) as went, bool_or(leaves) as leaves,
                        max(user_id) filter (where joins) as user_id, max(name) as name
                 from e, breaks group by 1, 2, 3) r),
     people as (select pid, min(joined) as joined, max(user_id) as user_id, max(name) as name,
                       greatest(count(distinct stay) filter (where came is not null) - 1, 0) as rejoins,
                       bool_or(came is not null and went is null and s.is_active and run = cardinality(began)) as present,
                       max(coalesce(went, x.at)) filter (where came is not null) as went,
                       sum(extract(epoch from coalesce(went, x.at) - came)) as seconds
                from c, s, breaks,
                     lateral (select greatest(came, lived[run + 1], case when run = cardinality(began)
                                  then coalesce(s.ended_at, now() at time zone 'utc') end) as at) x
                group by pid)
select s.session_id is not null, coalesce(s.own, false), s.title, s.is_active, s.created_at, s.ended_at, pid, user_id, name,
       joined, case when not present then went end, coalesce(seconds, 0.0)::text, rejoins, present
from (select) one left join s on true left join people on joined is not null
order by joined, pid
