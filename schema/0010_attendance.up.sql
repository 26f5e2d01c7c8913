-- The attendance area: the documented tables, enums and view (attendance contract, section 10), with these differences:
--   users          is the area's profile of a person: user_id says whose. Its role stands in account.roles and nowhere else
--   audit          who changed what, when, from what to what; written by triggers, so a change by hand is there too
--   the view       has the four counts as well, so that statistics and summary cannot differ
create schema attendance;

-- What the documented schema expects of the server. Nothing here needs them (gen_random_uuid is PostgreSQL's own), so a server
-- without them, or one that lets nobody add them, will do.
do $$
declare
    wanted text;
begin
    foreach wanted in array array['uuid-ossp', 'pgcrypto'] loop
        begin
            execute format('create extension if not exists %I with schema public', wanted);
        exception when feature_not_supported or undefined_file or insufficient_privilege then
            raise notice 'extension % is left out: %', wanted, sqlerrm;
        end;
    end loop;
end $$;

set local search_path = attendance, account;

create type userrole as enum ('teacher', 'admin');
create type attendancestatus as enum ('present', 'absent', 'late', 'excused');

-- ---- people ----

create table allowed_emails (
    id         uuid primary key default gen_random_uuid(),
    email      text not null unique,
    name       text,
    role       userrole not null,
    created_at timestamptz not null default now()
);
create index ix_allowed_emails_email on allowed_emails (email);

create table users (
    id            uuid primary key default gen_random_uuid(),
    user_id       int not null unique references account.users on delete cascade,
    email         text unique,
    name          text not null,
    department    text,
    employee_id   text,
    last_login_at timestamptz,
    created_at    timestamptz not null default now()
);

-- Addresses are kept without blanks around them and in lower case, whoever writes them.
create function plain_email(email text) returns text language sql immutable parallel safe as $$
    select lower(btrim(email, E' \t\r\n'))
$$;
create function keep_plain_email() returns trigger language plpgsql as $$
begin
    new.email := attendance.plain_email(new.email);
    return new;
end $$;
create trigger allowed_emails_plain before insert or update of email on allowed_emails
    for each row execute function keep_plain_email();
create trigger users_plain before insert or update of email on users
    for each row execute function keep_plain_email();

-- Whoever is given a role here has a profile: an operator may give one to a person who has never come by Google.
create function give_profile() returns trigger language plpgsql as $$
begin
    insert into attendance.users (user_id, name) select user_id, name from account.users where user_id = new.user_id
    on conflict (user_id) do nothing;
    return null;
end $$;
create trigger roles_attendance after insert on account.roles
    for each row when (new.area = 'attendance') execute function give_profile();

-- A profile that is deleted takes the role with it, and the person too unless they are somebody elsewhere.
create function end_person() returns trigger language plpgsql as $$
begin
    delete from account.roles where user_id = old.user_id and area = 'attendance';
    delete from account.users u
    where u.user_id = old.user_id and u.role is null and u.password_hash is null
      and not exists (select 1 from account.roles r where r.user_id = u.user_id);
    return null;
end $$;
create trigger users_end_person after delete on users for each row execute function end_person();

-- ---- classes ----

create table students (
    id         uuid primary key default gen_random_uuid(),
    roll_no    text not null unique,
    name       text not null,
    photo_url  text,
    program    text,
    sp_code    text,
    semester   text,
    status     text,
    duration   text,
    email      text,
    dtu_email  text,
    phone      text,
    created_at timestamptz not null default now()
);

create table classes (
    id              uuid primary key default gen_random_uuid(),
    code            text not null,
    name            text not null,
    section         text not null,
    ltp_pattern     text,
    teacher_type    text,
    practical_group text,
    teacher_id      uuid not null references users on delete restrict,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    unique (teacher_id, code, section)
);
create index ix_classes_teacher_id on classes (teacher_id);

create table class_schedules (
    id          bigserial primary key,
    class_id    uuid not null references classes on delete cascade,
    day_of_week smallint not null check (day_of_week between 1 and 7),
    start_time  time not null,
    end_time    time not null,
    unique (class_id, day_of_week)
);

create table class_reschedules (
    id                     bigserial primary key,
    class_id               uuid not null references classes on delete cascade,
    original_date          date not null,
    original_start_time    time not null,
    original_end_time      time not null,
    rescheduled_date       date not null,
    rescheduled_start_time time not null,
    rescheduled_end_time   time not null,
    reason                 text,
    created_at             timestamptz not null default now()
);
create index ix_class_reschedules_class_id on class_reschedules (class_id, rescheduled_date);

create table class_students (
    class_id   uuid not null references classes on delete cascade,
    student_id uuid not null references students,
    added_at   timestamptz not null default now(),
    primary key (class_id, student_id)
);
create index ix_class_students_student_id on class_students (student_id);

-- ---- attendance ----

create table attendance_sessions (
    id                  uuid primary key default gen_random_uuid(),
    class_id            uuid not null references classes on delete cascade,
    teacher_id          uuid not null references users on delete restrict,
    session_date        date not null,
    processed_image_url text,
    created_at          timestamptz not null default now(),
    unique (class_id, session_date)
);
create index ix_attendance_sessions_class_id_session_date on attendance_sessions (class_id, session_date);

create table attendance_statuses (
    session_id       uuid not null references attendance_sessions on delete cascade,
    student_id       uuid not null references students,
    status           attendancestatus not null,
    recognized_by_ai boolean not null default false,
    similarity_score numeric(5, 2),
    primary key (session_id, student_id)
);
create index ix_attendance_statuses_student_id on attendance_statuses (student_id);

create view v_student_attendance_summary as
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
from class_students e
join students s on s.id = e.student_id
left join attendance_sessions m on m.class_id = e.class_id
left join attendance_statuses a on a.session_id = m.id and a.student_id = e.student_id
group by e.class_id, e.student_id, s.roll_no, s.name;

-- ---- how things are told ----

create function student_json(s students) returns json language sql stable parallel safe as $$
    select json_build_object('studentId', s.id, 'rollNo', s.roll_no, 'name', s.name, 'photoUrl', s.photo_url,
                             'program', s.program, 'spCode', s.sp_code, 'semester', s.semester, 'status', s.status,
                             'duration', s.duration, 'email', s.email, 'dtuEmail', s.dtu_email, 'phone', s.phone)
$$;

create function status_json(a attendance_statuses, s students) returns json language sql stable parallel safe as $$
    select json_build_object('rollNo', s.roll_no, 'name', s.name, 'status', a.status,
                             'recognizedByAi', a.recognized_by_ai, 'similarityScore', a.similarity_score)
$$;

create function reschedule_json(r class_reschedules) returns json language sql stable parallel safe as $$
    select json_build_object('id', r.id::text, 'class_id', r.class_id, 'original_date', r.original_date,
                             'original_start_time', r.original_start_time, 'original_end_time', r.original_end_time,
                             'rescheduled_date', r.rescheduled_date, 'rescheduled_start_time', r.rescheduled_start_time,
                             'rescheduled_end_time', r.rescheduled_end_time, 'reason', r.reason,
                             'created_at', account.iso(r.created_at))
$$;

-- Why nothing was done: there is no such thing, or it is somebody else's. Null if neither.
create function refusal(found boolean, mine boolean, unknown text) returns json language sql stable parallel safe as $$
    select case when not found then json_build_object('detail', unknown)
                when mine is not true then json_build_object('detail', 'You do not have access to this class') end
$$;

-- The 422 of an end that does not come after its beginning.
create function backwards(field text, ends time) returns json language sql stable parallel safe as $$
    select json_build_object('detail', json_build_array(json_build_object(
        'loc', json_build_array('body', field), 'msg', 'the end must come after the beginning',
        'type', 'value_error.backwards', 'input', ends)))
$$;

-- ---- audit ----

-- No references: what is told here outlives what it is told of.
create table audit (
    audit_id   bigint generated always as identity primary key,
    at         timestamptz not null default now(),
    actor      uuid,
    what       text not null,
    action     text not null check (action in ('insert', 'update', 'delete')),
    class_id   uuid,
    session_id uuid,
    student_id uuid,
    before     jsonb,
    after      jsonb
);
create index ix_audit_class on audit (class_id, audit_id);
create index ix_audit_session on audit (session_id, audit_id);
create index ix_audit_student on audit (student_id, audit_id);

-- Rows of changes, told once per statement. A statement of the server says whose change it is by setting attendance.actor for
-- its transaction; a change by hand has no actor. A session that went with its class is found in what was told of it before.
create function tell_changes(what text, action text, changes jsonb[]) returns void language sql as $$
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
    order by n
$$;

create function tell_inserted() returns trigger language plpgsql as $$
begin
    perform attendance.tell_changes(tg_table_name, 'insert',
        array(select jsonb_build_object('after', to_jsonb(f)) from fresh f));
    return null;
end $$;

create function tell_deleted() returns trigger language plpgsql as $$
begin
    perform attendance.tell_changes(tg_table_name, 'delete',
        array(select jsonb_build_object('before', to_jsonb(g)) from gone g));
    return null;
end $$;

-- A row keeps its key; what did not change is not told.
create function tell_updated() returns trigger language plpgsql as $$
begin
    perform attendance.tell_changes(tg_table_name, 'update', array(
        select jsonb_build_object('before', g.line, 'after', f.line)
        from (select to_jsonb(x) as line from gone x) g
        join (select to_jsonb(x) as line from fresh x) f
          on coalesce(f.line ->> 'id', (f.line ->> 'session_id') || (f.line ->> 'student_id')) =
             coalesce(g.line ->> 'id', (g.line ->> 'session_id') || (g.line ->> 'student_id'))
        where g.line <> f.line));
    return null;
end $$;

do $$
declare
    told text;
begin
    foreach told in array array['students', 'classes', 'class_schedules', 'class_reschedules', 'class_students',
                                'attendance_sessions', 'attendance_statuses'] loop
        execute format('create trigger %1$s_inserted after insert on attendance.%1$I referencing new table as fresh
                        for each statement execute function attendance.tell_inserted()', told);
        execute format('create trigger %1$s_updated after update on attendance.%1$I
                        referencing old table as gone new table as fresh
                        for each statement execute function attendance.tell_updated()', told);
        execute format('create trigger %1$s_deleted after delete on attendance.%1$I referencing old table as gone
                        for each statement execute function attendance.tell_deleted()', told);
    end loop;
end $$;
