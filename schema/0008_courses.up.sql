-- The courses area (courses contract, section 10): courses made of videos, who is enrolled, how long who watched what on which day, and
-- the attendance of each day. People are account.users; their role here is account.roles of area 'courses'. Additions to the document:
--   course_video.position, .youtube_id, .duration   the place in the playlist, and what YouTube says of the video
--   progress.open_start       time of day at which the running session began; null when none runs
--   progress.first_start      the day's first play, while start_time shows the latest
create schema courses;

-- What the area knows of a person beyond account.users.
create table courses.users (
    user_id   int primary key references account.users on delete cascade,
    user_name varchar(100) not null constraint users_user_name unique,
    email     varchar(255) not null
);
create unique index users_email on courses.users (lower(email));

create table courses.course (
    id           serial primary key,
    course_title varchar(255) not null,
    link         text,
    created_by   int references account.users on delete set null,
    created_at   timestamptz not null default now()
);

create table courses.course_video (
    id         serial primary key,
    course_id  int not null references courses.course on delete cascade,
    position   int not null,
    title      varchar(255) not null,
    youtube_id varchar(20) not null,
    video_link text generated always as ('https://www.youtube.com/watch?v=' || youtube_id) stored,
    duration   interval,
    unique (course_id, position)
);

create table courses.course_status (
    id         serial primary key,
    user_id    int not null references account.users on delete cascade,
    course_id  int not null references courses.course on delete cascade,
    enrolled   boolean not null default false,
    created_at timestamptz not null default now(),
    unique (user_id, course_id)
);
create index course_status_course on courses.course_status (course_id);

create table courses.progress (
    id          serial primary key,
    user_id     int not null references account.users on delete cascade,
    video_id    int not null references courses.course_video on delete cascade,
    date        date not null,
    start_time  time,
    end_time    time,
    watch_time  interval,
    open_start  time,
    first_start time,
    unique (user_id, video_id, date)
);
create index progress_video on courses.progress (video_id);
create index progress_date on courses.progress (date);

create table courses.attendance (
    id         serial primary key,
    user_id    int not null references account.users on delete cascade,
    date       date not null,
    status     varchar(50) not null default 'absent' check (status in ('present', 'absent')),
    total_time interval not null default '0',
    unique (user_id, date)
);
create index attendance_date on courses.attendance (date);

-- ---- as clients read them ----

-- HH:MM:SS; hours pass 24 and never become days.
create function courses.hms(i interval) returns text language sql immutable parallel safe as $$
    select to_char(make_interval(secs => floor(extract(epoch from i))::int), 'HH24:MI:SS')
$$;

-- Everybody with a role here; whoever got it from the operator has no name and address of this area.
create view courses.people as
select u.user_id, u.name, coalesce(p.user_name, 'user-' || u.user_id) as user_name, coalesce(p.email, '') as email, r.role,
       u.created_at at time zone 'utc' as created_at
from account.roles r
join account.users u using (user_id)
left join courses.users p using (user_id)
where r.area = 'courses';

create function courses.person_json(p courses.people) returns json language sql immutable parallel safe as $$
    select json_build_object('id', p.user_id, 'name', p.name, 'username', p.user_name, 'user_name', p.user_name, 'email', p.email,
                             'role', p.role, 'created_at', account.iso(p.created_at))
$$;

create function courses.course_json(c courses.course) returns json language sql immutable parallel safe as $$
    select json_build_object('id', c.id, 'course_title', c.course_title, 'link', c.link)
$$;

create function courses.progress_json(p courses.progress) returns json language sql immutable parallel safe as $$
    select json_build_object('id', p.id, 'user_id', p.user_id, 'video_id', p.video_id, 'date', p.date, 'start_time', p.start_time,
                             'end_time', p.end_time, 'watch_time', courses.hms(p.watch_time))
$$;

create function courses.attendance_json(a courses.attendance) returns json language sql immutable parallel safe as $$
    select json_build_object('id', a.id, 'user_id', a.user_id, 'date', a.date, 'total_time', courses.hms(a.total_time),
                             'status', a.status)
$$;

-- ---- watch time (courses contract, section 8) ----

-- Seconds that a pause at `ends`, stated to be of `stated` seconds, earns for a session open since `began`. A session is 12 hours at most,
-- which also tames a clock that went backwards.
create function courses.earned(began time, ends time, stated int) returns int language sql immutable parallel safe as $$
    select least(43200, stated, mod(86400 + extract(epoch from ends - began)::int, 86400))
$$;

-- One request of the player. The row of the person's day is locked before any of its progress is read, so that parallel requests of one
-- person follow each other; each query here sees what the one before it in line has committed. Nothing is written, and null returned, for
-- a video that does not exist, and when there is nothing to record.
create function courses.watch(person int, video int, today date, play time, pause time, stated int, present_from int)
returns courses.progress language plpgsql as $$
declare
    day    courses.attendance;
    p      courses.progress;
    credit int := 0;
begin
    if coalesce(play, pause) is null and stated is null then
        return null;
    end if;
    select * into day from courses.attendance a where a.user_id = person and a.date = today for update;
    if not found then
        perform from courses.course_video v where v.id = video for key share;
        if not found then
            return null;
        end if;
        insert into courses.attendance (user_id, date, status)
        values (person, today, case when present_from <= 0 then 'present' else 'absent' end) on conflict do nothing;
        select * into day from courses.attendance a where a.user_id = person and a.date = today for update;
    end if;

    select * into p from courses.progress r where r.user_id = person and r.video_id = video and r.date = today for update;
    if not found then
        perform from courses.course_video v where v.id = video for key share;
        if not found then
            return null;
        end if;
        insert into courses.progress (user_id, video_id, date, open_start)
        values (person, video, today, -- a session that runs over midnight counts for the day on which it ends
                (select r.open_start from courses.progress r
                 where r.user_id = person and r.video_id = video and r.date = today - 1))
        returning * into p;
    end if;

    if play is not null then
        p.start_time := play;
        p.open_start := play;
        p.first_start := coalesce(p.first_start, play);
    end if;
    if pause is not null and (p.open_start is not null or pause is distinct from p.end_time) then -- else a retry
        credit := case when p.open_start is null and stated is null then 0 else courses.earned(p.open_start, pause, stated) end;
        p.end_time := pause;
        p.open_start := null;
    elsif pause is null and stated is not null then
        credit := courses.earned(null, null, stated);
        p.open_start := case when play is null then null else p.open_start end;
    end if;

    credit := greatest(0, least(credit, 86400 - extract(epoch from day.total_time)::int)); -- a day has 24 hours
    update courses.progress r
    set start_time = p.start_time, end_time = p.end_time, open_start = p.open_start, first_start = p.first_start,
        watch_time = case when credit > 0 then coalesce(r.watch_time, '0') + make_interval(secs => credit) else r.watch_time end
    where r.id = p.id returning * into p;
    if credit > 0 then
        update courses.attendance a
        set total_time = a.total_time + make_interval(secs => credit),
            status = case when extract(epoch from a.total_time) + credit >= present_from then 'present' else a.status end
        where a.id = day.id;
    end if;
    return p;
end $$;
