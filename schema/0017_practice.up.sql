-- The practice area (practice contract, section 10): students and teachers with numbers of their own, their sessions, exercises,
-- submissions, progress, conversations with the tutor. Every account is one person's (account.users); a person may have one of each kind.
-- Additions to the document:
--   students.person_id, teachers.person_id    whose account it is
--   …password_changed_at    what a sign-in that was under way meanwhile is measured by
--   exercises.size          bytes of its texts, by which lists are cut to what can be sent at once
--   standings               what the leaderboard shows, kept by triggers, so that nobody counts progress for it
create schema practice;

-- ---- accounts ----

create table practice.students (
    id                  int generated always as identity primary key,
    person_id           int not null constraint students_person unique references account.users on delete cascade,
    user_id             uuid not null default gen_random_uuid() unique,
    email               varchar(255) not null,
    name                varchar(255) not null,
    password_hash       varchar(255) not null,
    grade_level         varchar(50),
    bio                 text,
    avatar_url          varchar(255),
    is_active           boolean not null default true,
    password_changed_at timestamp,
    created_at          timestamp not null default (now() at time zone 'utc'),
    updated_at          timestamp not null default (now() at time zone 'utc')
);
create unique index students_email on practice.students (lower(email));

create table practice.teachers (
    id                  int generated always as identity primary key,
    person_id           int not null constraint teachers_person unique references account.users on delete cascade,
    user_id             uuid not null default gen_random_uuid() unique,
    email               varchar(255) not null,
    name                varchar(255) not null,
    password_hash       varchar(255) not null,
    department          varchar(100),
    bio                 text,
    avatar_url          varchar(255),
    is_active           boolean not null default true,
    password_changed_at timestamp,
    created_at          timestamp not null default (now() at time zone 'utc'),
    updated_at          timestamp not null default (now() at time zone 'utc')
);
create unique index teachers_email on practice.teachers (lower(email));

-- Both kinds, with the role that tells their numbers apart.
create view practice.accounts as
select 'student' as role, id, person_id, user_id, email, name, password_hash, grade_level as level, bio, avatar_url, is_active,
       password_changed_at, created_at
from practice.students
union all
select 'teacher', id, person_id, user_id, email, name, password_hash, department, bio, avatar_url, is_active, password_changed_at, created_at
from practice.teachers;

-- A sign-in. token_hash and refresh_hash are SHA-256 of what the client holds, which is stored nowhere.
create table practice.sessions (
    id                 bigint generated always as identity primary key,
    token_hash         bytea not null unique,
    refresh_hash       bytea not null unique,
    role               text not null check (role in ('student', 'teacher')),
    account_id         int not null,
    created_at         timestamp not null default (now() at time zone 'utc'),
    expires_at         timestamp not null,
    refresh_expires_at timestamp not null,
    revoked_at         timestamp
);
create index sessions_account on practice.sessions (role, account_id, created_at desc, id desc);
create index sessions_refresh_expires on practice.sessions (refresh_expires_at);

-- Whoever holds something open for a person hears that a session of theirs has ended, or that an account has changed.
create function practice.tell_session_ended() returns trigger language plpgsql as $$
begin
    perform pg_notify('account_changed', a.person_id::text) from practice.accounts a where a.role = new.role and a.id = new.account_id;
    return null;
end $$;
create trigger sessions_ended after update of revoked_at on practice.sessions
    for each row when (old.revoked_at is null and new.revoked_at is not null) execute function practice.tell_session_ended();

create function practice.tell_account_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from practice.sessions s where s.role = tg_argv[0] and s.account_id = old.id;
    end if;
    perform pg_notify('account_changed', old.person_id::text);
    return null;
end $$;
create trigger students_changed after update of name, email, is_active or delete on practice.students
    for each row execute function practice.tell_account_changed('student');
create trigger teachers_changed after update of name, email, is_active or delete on practice.teachers
    for each row execute function practice.tell_account_changed('teacher');

-- ---- exercises ----

create table practice.exercises (
    id               int generated always as identity primary key,
    title            varchar(255) not null,
    description      text not null,
    difficulty_level varchar(50) not null,
    topic            varchar(100) not null,
    starter_code     text,
    expected_output  text,
    test_cases       json,
    hints            json,
    solution_code    text,
    created_at       timestamp not null default (now() at time zone 'utc'),
    updated_at       timestamp not null default (now() at time zone 'utc'),
    size             int generated always as (octet_length(description) + coalesce(octet_length(starter_code), 0) +
                         coalesce(octet_length(expected_output), 0) + coalesce(octet_length(test_cases::text), 0) +
                         coalesce(octet_length(hints::text), 0) + coalesce(octet_length(solution_code), 0)) stored
);
create index exercises_topic on practice.exercises (topic, id);
create index exercises_difficulty_level on practice.exercises (difficulty_level, id);

create table practice.exercise_submissions (
    id           int generated always as identity primary key,
    student_id   int not null references practice.students on delete cascade,
    exercise_id  int not null references practice.exercises on delete cascade,
    code         text not null,
    language     varchar(50) not null default 'python',
    status       varchar(50) not null default 'submitted',
    score        int check (score between 0 and 100),
    feedback     text,
    created_at   timestamp not null default (now() at time zone 'utc'),
    updated_at   timestamp not null default (now() at time zone 'utc'),
    completed_at timestamp
);
create index exercise_submissions_student on practice.exercise_submissions (student_id, id);
create index exercise_submissions_exercise on practice.exercise_submissions (exercise_id, id);

create table practice.code_execution_results (
    id               int generated always as identity primary key,
    submission_id    int not null references practice.exercise_submissions on delete cascade,
    execution_result json not null,
    passed           boolean not null default false,
    duration_ms      int,
    created_at       timestamp not null default (now() at time zone 'utc')
);
create index code_execution_results_submission on practice.code_execution_results (submission_id);

-- ---- progress ----

create table practice.progress (
    id           int generated always as identity primary key,
    student_id   int not null references practice.students on delete cascade,
    exercise_id  int not null references practice.exercises on delete cascade,
    status       varchar(50) not null default 'not_started' check (status in ('not_started', 'in_progress', 'completed', 'mastered')),
    attempts     int not null default 0,
    best_score   int check (best_score between 0 and 100),
    completed_at timestamp,
    created_at   timestamp not null default (now() at time zone 'utc'),
    updated_at   timestamp not null default (now() at time zone 'utc'),
    unique (student_id, exercise_id)
) with (fillfactor = 85); -- an attempt changes no index: its row stays on its page
create index progress_exercise on practice.progress (exercise_id) include (status, best_score);

-- Of each student the exercises that are done, and the sum of what they earned.
create table practice.standings (
    student_id int primary key references practice.students on delete cascade,
    completed  int not null,
    scored     int not null,
    score_sum  bigint not null,
    mean       double precision generated always as (case when scored > 0 then score_sum::double precision / scored else 0 end) stored
);
create index standings_rank on practice.standings (completed desc, mean desc, student_id) where completed > 0;

create function practice.is_done(status text) returns boolean language sql immutable parallel safe as $$
    select status in ('completed', 'mastered')
$$;

create function practice.move_standing() returns trigger language plpgsql as $$
declare
    was boolean := tg_op = 'UPDATE' and practice.is_done(old.status);
    more int := practice.is_done(new.status)::int - was::int;
    scored int := (practice.is_done(new.status) and new.best_score is not null)::int - (was and old.best_score is not null)::int;
    sum int := case when practice.is_done(new.status) then coalesce(new.best_score, 0) else 0 end
             - case when was then coalesce(old.best_score, 0) else 0 end;
begin
    insert into practice.standings as s (student_id, completed, scored, score_sum) values (new.student_id, more, scored, sum)
    on conflict (student_id) do update
    set completed = s.completed + excluded.completed, scored = s.scored + excluded.scored, score_sum = s.score_sum + excluded.score_sum;
    return null;
end $$;
create trigger progress_begun after insert on practice.progress
    for each row when (practice.is_done(new.status)) execute function practice.move_standing();
create trigger progress_moved after update on practice.progress
    for each row when ((practice.is_done(new.status) or practice.is_done(old.status)) and
                       (new.status <> old.status or new.best_score is distinct from old.best_score))
    execute function practice.move_standing();

-- An exercise that goes takes the progress of all its students with it, in one statement.
create function practice.drop_standings() returns trigger language plpgsql as $$
begin
    update practice.standings s
    set completed = s.completed - g.completed, scored = s.scored - g.scored, score_sum = s.score_sum - g.score_sum
    from (select student_id, count(*)::int as completed, count(best_score)::int as scored, coalesce(sum(best_score), 0) as score_sum
          from gone where practice.is_done(status) group by student_id) g
    where s.student_id = g.student_id;
    return null;
end $$;
create trigger progress_gone after delete on practice.progress referencing old table as gone
    for each statement execute function practice.drop_standings();

-- The place of a status on the way up.
create function practice.step_of(status text) returns int language sql immutable parallel safe as $$
    select array_position(array['not_started', 'in_progress', 'completed', 'mastered'], status)
$$;

-- What an evaluation says of progress (practice contract, section 8.1).
create function practice.progress_of(verdict text, score int, mastery int) returns text language sql immutable parallel safe as $$
    select case when verdict = 'mastered' or (verdict in ('passing', 'completed') and score >= mastery) then 'mastered'
                when verdict in ('passing', 'completed') then 'completed'
                else 'in_progress' end
$$;

-- The one way in which progress is made: more attempts, a status that only moves up, a score that only grows.
create function practice.put_progress(student int, exercise int, more int, reached text, score int) returns practice.progress
language sql as $$
    insert into practice.progress as p (student_id, exercise_id, status, attempts, best_score, completed_at)
    values (student, exercise, reached, more, score, case when practice.is_done(reached) then now() at time zone 'utc' end)
    on conflict (student_id, exercise_id) do update
    set attempts = p.attempts + more,
        status = case when practice.step_of(reached) > practice.step_of(p.status) then reached else p.status end,
        best_score = greatest(p.best_score, excluded.best_score),
        completed_at = coalesce(p.completed_at, excluded.completed_at),
        updated_at = now() at time zone 'utc'
    returning *
$$;

-- ---- the tutor ----

create table practice.chat_sessions (
    id         int generated always as identity primary key,
    student_id int not null references practice.students on delete cascade,
    session_id uuid not null default gen_random_uuid() unique,
    topic      varchar(100),
    agent_type varchar(50) not null default 'general',
    is_active  boolean not null default true,
    created_at timestamp not null default (now() at time zone 'utc'),
    updated_at timestamp not null default (now() at time zone 'utc'),
    ended_at   timestamp
);
create index chat_sessions_student on practice.chat_sessions (student_id, created_at desc, id desc);

create table practice.chat_messages (
    id         int generated always as identity primary key,
    session_id int not null references practice.chat_sessions on delete cascade,
    role       varchar(50) not null check (role in ('user', 'assistant')),
    content    text not null,
    metadata   json not null default '{}',
    created_at timestamp not null default (now() at time zone 'utc')
);
create index chat_messages_session on practice.chat_messages (session_id, created_at, id);

create table practice.system_events (
    id         bigint generated always as identity primary key,
    event_type varchar(100) not null,
    component  varchar(100) not null,
    severity   varchar(50) not null default 'info',
    details    json,
    created_at timestamp not null default (now() at time zone 'utc')
);
create index system_events_type on practice.system_events (event_type);
create index system_events_created on practice.system_events (created_at);

-- ---- how things are told ----

-- A time as clients read it: UTC without a suffix, always with microseconds (practice contract, section 2).
create function practice.iso(t timestamp) returns text language sql immutable parallel safe as $$
    select to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.US')
$$;

-- The address as it is kept: domains have no case.
create function practice.kept_email(email text) returns text language sql immutable parallel safe as $$
    select split_part(email, '@', 1) || '@' || lower(split_part(email, '@', 2))
$$;

-- The profile as a student's: a teacher's level is the department.
create function practice.profile_json(a practice.accounts) returns json language sql stable parallel safe as $$
    select json_build_object('id', a.id, 'user_id', a.user_id, 'email', a.email, 'name', a.name,
                             'grade_level', case when a.role = 'teacher' then coalesce(a.level, '') else a.level end, 'bio', a.bio,
                             'avatar_url', a.avatar_url, 'is_active', a.is_active, 'created_at', practice.iso(a.created_at), 'role', a.role)
$$;

create function practice.teacher_json(a practice.accounts) returns json language sql stable parallel safe as $$
    select json_build_object('id', a.id, 'user_id', a.user_id, 'email', a.email, 'name', a.name, 'department', a.level, 'bio', a.bio,
                             'avatar_url', a.avatar_url, 'is_active', a.is_active, 'created_at', practice.iso(a.created_at), 'role', a.role)
$$;

-- Without the cases that are hidden from students.
create function practice.open_cases(cases json) returns json language sql immutable parallel safe as $$
    select case when cases is not null
           then coalesce((select json_agg(c order by n) from json_array_elements(cases) with ordinality as list (c, n)
                          where (c -> 'hidden')::text is distinct from 'true'), '[]') end
$$;

-- An exercise as this role may see it. What a student's lacks is not taken off but never put on.
create function practice.exercise_json(e practice.exercises, role text) returns json language sql stable parallel safe as $$
    select case when role = 'teacher'
           then json_build_object('id', e.id, 'title', e.title, 'description', e.description, 'difficulty_level', e.difficulty_level,
                                  'topic', e.topic, 'starter_code', e.starter_code, 'expected_output', e.expected_output,
                                  'test_cases', e.test_cases, 'hints', e.hints, 'level_id', null, 'topic_id', null,
                                  'created_at', practice.iso(e.created_at), 'updated_at', practice.iso(e.updated_at),
                                  'solution_code', e.solution_code)
           else json_build_object('id', e.id, 'title', e.title, 'description', e.description, 'difficulty_level', e.difficulty_level,
                                  'topic', e.topic, 'starter_code', e.starter_code, 'expected_output', e.expected_output,
                                  'test_cases', practice.open_cases(e.test_cases), 'hints', e.hints, 'level_id', null, 'topic_id', null,
                                  'created_at', practice.iso(e.created_at), 'updated_at', practice.iso(e.updated_at)) end
$$;

create function practice.submission_json(s practice.exercise_submissions) returns json language sql stable parallel safe as $$
    select json_build_object('id', s.id, 'student_id', s.student_id, 'exercise_id', s.exercise_id, 'code', s.code, 'language', s.language,
                             'status', s.status, 'score', s.score, 'feedback', s.feedback, 'submitted_at', practice.iso(s.created_at),
                             'completed_at', practice.iso(s.completed_at), 'created_at', practice.iso(s.created_at),
                             'updated_at', practice.iso(s.updated_at))
$$;

create function practice.progress_json(p practice.progress) returns json language sql stable parallel safe as $$
    select json_build_object('id', p.id, 'student_id', p.student_id, 'exercise_id', p.exercise_id, 'status', p.status,
                             'attempts', p.attempts, 'best_score', p.best_score, 'completed_at', practice.iso(p.completed_at),
                             'created_at', practice.iso(p.created_at), 'updated_at', practice.iso(p.updated_at))
$$;
