-- The same answers for less. The summary takes the statuses of a class's sessions whole, by session or, while there are few of
-- them all, in one pass; before, it looked for each student in each session.
create or replace view attendance.v_student_attendance_summary as
select e.class_id, e.student_id, s.roll_no, s.name as student_name,
       count(*) filter (where a.status in ('present', 'late')) as present_count,
       count(a.status) as total_count,
       case when count(a.status) = 0 then 0
            else round(count(*) filter (where a.status in ('present', 'late')) * 100.0 / count(a.status), 2)
       end as percentage,
       count(*) filter (where a.status = 'present') as on_time_count,
       count(*) filter (where a.status = 'absent') as absent_count,
       count(*) filter (where a.status = 'late') as late_count,
       count(*) filter (where a.status = 'excused') as excused_count
from attendance.class_students e
join attendance.students s on s.id = e.student_id
left join (attendance.attendance_sessions m join attendance.attendance_statuses a on a.session_id = m.id)
       on m.class_id = e.class_id and a.student_id = e.student_id
group by e.class_id, e.student_id, s.roll_no, s.name;

-- In PL/pgSQL, which keeps the plan; in SQL each call planned anew. A statement that may update as well as insert tells of both,
-- mostly of one of them in vain.
create or replace function attendance.tell_changes(what text, action text, changes jsonb[]) returns void language plpgsql as $$
begin
    if cardinality(changes) = 0 then
        return;
    end if;
    insert into attendance.audit (actor, what, action, class_id, session_id, student_id, before, after)
    select nullif(current_setting('attendance.actor', true), '')::uuid, what, action,
           coalesce((line ->> case what when 'classes' then 'id' else 'class_id' end)::uuid, s.class_id,
                    (select a.class_id from attendance.audit a
                     where a.session_id = (line ->> 'session_id')::uuid and a.class_id is not null limit 1)),
           (line ->> case what when 'attendance_sessions' then 'id' else 'session_id' end)::uuid,
           (line ->> case what when 'students' then 'id' else 'student_id' end)::uuid,
           c -> 'before', c -> 'after'
    from unnest(changes) with ordinality as list(c, n)
    cross join lateral coalesce(c -> 'after', c -> 'before') as line
    left join attendance.attendance_sessions s on s.id = (line ->> 'session_id')::uuid
    order by n;
end $$;
