-- The coaching area (coaching contract, section 16): people in relationships, what they consent to, sessions in which they talk and
-- what was said to them there, invitations, pokes, voices. Ids are texts that clients take as they are. Additions to the document:
--   users.person_id              whose account it is (account.users): by that number rooms and other areas know the person
--   users.steps                  how far they have come with what the app asks at first
--   session_participants.created_at    the session's, by which a person's history is read page by page
--   sessions.number              by which the session's room is known; epoch, ended_seq: the life of its numbering, its end
--   nudge_events.seq             the number of the event in its session
--   relationship_invites.generation    how many links it has had: a link's token is made of the key, the id and this
--                                (transport/api/coaching/), so that it is stored nowhere but as its hash
--   notifications                what a person has been told; seq: the number of the event in the person's room
create schema coaching;

-- ---- accounts ----

create type coaching.privacy as enum ('PRIVATE', 'STANDARD', 'ENHANCED');

create table coaching.users (
    id                   text primary key default gen_random_uuid()::text,
    person_id            int not null constraint users_person unique references account.users on delete cascade,
    email                text not null check (length(email) <= 254),
    password_hash        text not null,
    display_name         text,
    pronouns             text,
    personality_type     jsonb,
    communication_style  double precision check (communication_style between 0 and 1), -- 0 gentle … 1 direct
    goals                jsonb not null default '[]',
    personal_description text,
    hobbies              jsonb not null default '[]',
    birthday             date,
    occupation           text,
    privacy_tier         coaching.privacy,
    profile_picture_url  text,
    steps                jsonb not null default '{}',
    is_active            boolean not null default true,
    created_at           timestamp not null default (now() at time zone 'utc'),
    updated_at           timestamp not null default (now() at time zone 'utc')
);
create unique index users_email on coaching.users (lower(email));

-- Whoever has an account of an area's own is somebody there, also without a role (0010_attendance).
create or replace function attendance.end_person() returns trigger language plpgsql as $$
begin
    delete from account.roles where user_id = old.user_id and area = 'attendance';
    delete from account.users u
    where u.user_id = old.user_id and u.role is null and u.password_hash is null
      and not exists (select 1 from account.roles r where r.user_id = u.user_id)
      and not exists (select 1 from practice.accounts p where p.person_id = u.user_id)
      and not exists (select 1 from coaching.users c where c.person_id = u.user_id);
    return null;
end $$;

-- Whoever holds something open for a person hears that the account has changed.
create function coaching.tell_account_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('account_changed', old.person_id::text);
    return null;
end $$;
create trigger users_changed after update on coaching.users
    for each row when ((old.email, old.display_name, old.is_active) is distinct from (new.email, new.display_name, new.is_active))
    execute function coaching.tell_account_changed();
create trigger users_gone after delete on coaching.users
    for each row execute function coaching.tell_account_changed();

-- ---- relationships ----

create type coaching.relationship_type as enum ('COUPLE', 'DATE', 'FAMILY', 'FRIEND_1_1', 'FRIEND_GROUP', 'OTHER');
create type coaching.relationship_status as enum ('DRAFT', 'PENDING_ACCEPTANCE', 'ACTIVE', 'DECLINED', 'REVOKED');
create type coaching.member_role as enum ('OWNER', 'MEMBER');
create type coaching.member_status as enum ('INVITED', 'ACCEPTED', 'DECLINED', 'REMOVED');
create type coaching.consent_status as enum ('DRAFT', 'ACTIVE', 'REVOKED');
create type coaching.invitee_role as enum ('PARTNER', 'CHILD', 'FRIEND', 'FAMILY', 'OTHER');
create type coaching.invite_status as enum ('CREATED', 'SENT', 'OPENED', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'CANCELED');

create table coaching.relationships (
    id                 text primary key default gen_random_uuid()::text,
    type               coaching.relationship_type not null,
    status             coaching.relationship_status not null default 'DRAFT',
    created_by_user_id text references coaching.users on delete set null,
    created_at         timestamp not null default (clock_timestamp() at time zone 'utc'),
    updated_at         timestamp not null default (clock_timestamp() at time zone 'utc')
);
create index relationships_creator on coaching.relationships (created_by_user_id); -- this and others like it: for whoever goes

create table coaching.relationship_members (
    relationship_id text not null references coaching.relationships on delete cascade,
    user_id         text not null references coaching.users on delete cascade,
    role            coaching.member_role,
    member_status   coaching.member_status not null default 'INVITED',
    added_at        timestamp not null default (now() at time zone 'utc'),
    responded_at    timestamp,
    primary key (relationship_id, user_id)
);
create index relationship_members_user on coaching.relationship_members (user_id);

create table coaching.relationship_consents (
    relationship_id text not null,
    user_id         text not null,
    scopes          jsonb not null,
    version         int not null default 1,
    status          coaching.consent_status not null,
    updated_at      timestamp not null default (now() at time zone 'utc'),
    primary key (relationship_id, user_id),
    foreign key (relationship_id, user_id) references coaching.relationship_members on delete cascade
);

create table coaching.relationship_invites (
    id              text primary key default gen_random_uuid()::text,
    relationship_id text not null references coaching.relationships on delete cascade,
    inviter_user_id text not null references coaching.users on delete cascade,
    invitee_email   text not null,
    invitee_user_id text references coaching.users on delete set null,
    invitee_role    coaching.invitee_role,
    status          coaching.invite_status not null default 'CREATED',
    generation      int not null default 1,
    token_hash      text not null constraint relationship_invites_token unique, -- SHA-256 as hexadecimal digits
    expires_at      timestamp not null,
    message         text,
    created_at      timestamp not null default (now() at time zone 'utc'),
    sent_at         timestamp,
    accepted_at     timestamp,
    declined_at     timestamp
);
create index relationship_invites_relationship on coaching.relationship_invites (relationship_id, created_at);
create index relationship_invites_inviter on coaching.relationship_invites (inviter_user_id, created_at);
create index relationship_invites_invitee on coaching.relationship_invites (invitee_user_id) where invitee_user_id is not null;
create index relationship_invites_email on coaching.relationship_invites (lower(invitee_email));

-- ---- sessions ----

create type coaching.session_status as enum ('ACTIVE', 'ENDED', 'FINALIZED');
create type coaching.report_status as enum ('PENDING', 'READY');

create table coaching.sessions (
    id                 text primary key default gen_random_uuid()::text,
    number             int generated always as identity constraint sessions_number unique,
    relationship_id    text not null references coaching.relationships on delete cascade,
    status             coaching.session_status not null default 'ACTIVE',
    started_at         timestamp not null default (now() at time zone 'utc'),
    ended_at           timestamp,
    created_by_user_id text references coaching.users on delete set null,
    epoch              int not null default 1,
    ended_seq          bigint,
    created_at         timestamp not null default (now() at time zone 'utc'),
    updated_at         timestamp not null default (now() at time zone 'utc')
);
create index sessions_relationship on coaching.sessions (relationship_id);
create index sessions_creator on coaching.sessions (created_by_user_id);

create table coaching.session_participants (
    session_id text not null references coaching.sessions on delete cascade,
    user_id    text not null references coaching.users on delete cascade,
    created_at timestamp not null default (now() at time zone 'utc'),
    primary key (session_id, user_id)
);
create index session_participants_user on coaching.session_participants (user_id, created_at, session_id);

create table coaching.nudge_events (
    id         text primary key default gen_random_uuid()::text,
    session_id text not null references coaching.sessions on delete cascade,
    user_id    text not null references coaching.users on delete cascade, -- whose frame it was
    nudge_type text not null,
    payload    json not null,
    seq        bigint not null,
    created_at timestamp not null,
    constraint nudge_events_seq unique (session_id, seq)
);
create index nudge_events_window on coaching.nudge_events (session_id, user_id, created_at);
create index nudge_events_user on coaching.nudge_events (user_id);

create table coaching.session_reports (
    session_id   text primary key references coaching.sessions on delete cascade,
    summary      text,
    moments      json not null default '[]',
    action_items json not null default '[]',
    status       coaching.report_status not null default 'PENDING',
    created_at   timestamp not null default (now() at time zone 'utc'),
    updated_at   timestamp not null default (now() at time zone 'utc')
);

create table coaching.session_feature_frames (
    id            bigint generated always as identity primary key,
    session_id    text not null references coaching.sessions on delete cascade,
    user_id       text not null references coaching.users on delete cascade,
    timestamp_ms  bigint not null,
    speaking_rate double precision not null,
    overlap_ratio double precision not null,
    created_at    timestamp not null
);
create index session_feature_frames_session on coaching.session_feature_frames (session_id);

-- ---- pokes and notifications ----

create table coaching.poke_events (
    id              text primary key default gen_random_uuid()::text,
    relationship_id text not null references coaching.relationships on delete cascade,
    sender_id       text not null references coaching.users on delete cascade,
    receiver_id     text not null references coaching.users on delete cascade,
    type            text not null,
    emoji           text,
    created_at      timestamp not null default (now() at time zone 'utc')
);
create index poke_events_relationship on coaching.poke_events (relationship_id, created_at desc, id desc);
create index poke_events_sender on coaching.poke_events (sender_id);
create index poke_events_receiver on coaching.poke_events (receiver_id);

-- What is said in a person's room. A poke's is shown to apps that listen as an emoji_poke too (coaching contract, section 11.7).
create table coaching.notifications (
    id         text primary key default gen_random_uuid()::text,
    user_id    text not null references coaching.users on delete cascade,
    seq        bigint not null,
    type       text not null,
    title      text not null,
    message    text not null,
    data       json not null default '{}',
    read_at    timestamp,
    created_at timestamp not null,
    constraint notifications_seq unique (user_id, seq)
);
create index notifications_unread on coaching.notifications (user_id) where read_at is null;

-- ---- voices ----

create type coaching.enrollment_status as enum ('STARTED', 'UPLOADED', 'COMPLETED', 'FAILED');

create table coaching.voice_enrollments (
    id         text primary key default gen_random_uuid()::text,
    user_id    text not null references coaching.users on delete cascade,
    status     coaching.enrollment_status not null default 'STARTED',
    sample_base64 text, -- what has been uploaded, as a profile keeps it; nobody's any more once it is complete
    created_at timestamp not null default (clock_timestamp() at time zone 'utc'),
    updated_at timestamp not null default (clock_timestamp() at time zone 'utc')
);
create index voice_enrollments_user on coaching.voice_enrollments (user_id, created_at);
create index voice_enrollments_left on coaching.voice_enrollments (updated_at) where sample_base64 is not null;

create table coaching.voice_profiles (
    id                   text primary key default gen_random_uuid()::text,
    user_id              text not null constraint voice_profiles_user unique references coaching.users on delete cascade,
    quality_score        double precision not null,
    voice_sample_base64  text, -- a WAV
    voice_embedding_json json, -- 192 numbers, or objects with such a list as "embedding"; null: not known yet
    created_at           timestamp not null default (now() at time zone 'utc')
);

-- ---- how things are told ----

-- A time as clients read it (coaching contract, section 1).
create function coaching.iso(t timestamp) returns text language sql immutable parallel safe as $$
    select to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The address as it is kept: domains have no case.
create function coaching.kept_email(email text) returns text language sql immutable parallel safe as $$
    select split_part(email, '@', 1) || '@' || lower(split_part(email, '@', 2))
$$;

-- What somebody is called where they have said nothing.
create function coaching.shown_name(display_name text, email text) returns text language sql immutable parallel safe as $$
    select coalesce(nullif(btrim(display_name), ''), split_part(email, '@', 1))
$$;

-- How somebody wants to be spoken to, as a word, and as it is kept.
create function coaching.style_word(style double precision) returns text language sql immutable parallel safe as $$
    select case when style < 1.0 / 3 then 'GENTLE' when style <= 2.0 / 3 then 'BALANCED' when style is not null then 'DIRECT' end
$$;
create function coaching.style_of(word text) returns double precision language sql immutable parallel safe as $$
    select case word when 'GENTLE' then 0 when 'BALANCED' then 0.5 when 'DIRECT' then 1 end
$$;

-- A profile as its owner sees it (coaching contract, section 4).
create function coaching.profile_json(u coaching.users) returns json language sql stable parallel safe as $$
    select json_build_object(
        'id', u.id, 'email', u.email, 'display_name', u.display_name, 'pronouns', u.pronouns, 'personality_type', u.personality_type,
        'communication_style', coaching.style_word(u.communication_style), 'goals', nullif(u.goals, '[]'),
        'personal_description', u.personal_description, 'hobbies', nullif(u.hobbies, '[]'), 'birthday', u.birthday,
        'occupation', u.occupation, 'privacy_tier', u.privacy_tier, 'profile_picture_url', u.profile_picture_url,
        'voice_profile_id', v.id, 'voice_print_data', v.voice_sample_base64)
    from (select) one left join coaching.voice_profiles v on v.user_id = u.id
$$;

-- Which steps of the beginning somebody has taken: what they said so of, and what can be seen (coaching contract, section 19).
create function coaching.steps_json(u coaching.users) returns json language sql stable parallel safe as $$
    select json_build_object(
        'profile', u.steps ? 'profile' or u.display_name is not null,
        'voiceprint', u.steps ? 'voiceprint' or exists (select from coaching.voice_profiles where user_id = u.id),
        'relationships', u.steps ? 'relationships' or exists (select from coaching.relationship_members where user_id = u.id),
        'consent', u.steps ? 'consent' or exists (select from coaching.relationship_consents where user_id = u.id),
        'device', u.steps ? 'device' or exists (select from classroom.fcm_tokens where user_id = u.person_id),
        'done', u.steps ? 'done')
$$;

-- A type as the app knows it.
create function coaching.public_type(type coaching.relationship_type) returns text language sql immutable parallel safe as $$
    select case type when 'COUPLE' then 'romantic' when 'DATE' then 'date' when 'FAMILY' then 'family' when 'OTHER' then 'other'
                     else 'friend' end
$$;

create function coaching.type_of(word text) returns coaching.relationship_type language sql immutable parallel safe as $$
    select case when lower(word) in ('romantic', 'couple') then 'COUPLE' when lower(word) = 'date' then 'DATE'
                when lower(word) = 'family' then 'FAMILY' when lower(word) = 'friend' then 'FRIEND_1_1' else 'OTHER' end::coaching.relationship_type
$$;

create function coaching.relationship_json(id text, type coaching.relationship_type, status coaching.relationship_status)
returns json language sql immutable parallel safe as $$
    select json_build_object('id', id, 'type', coaching.public_type(type), 'status', lower(status::text))
$$;

-- Is the person a member whose place still counts? (coaching contract, section 16)
create function coaching.is_member(relationship text, member text) returns boolean language sql stable parallel safe as $$
    select exists (select from coaching.relationship_members
                   where relationship_id = relationship and user_id = member and member_status in ('INVITED', 'ACCEPTED'))
$$;

-- Do the two share a relationship?
create function coaching.related(one text, other text) returns boolean language sql stable parallel safe as $$
    select one = other or exists (
        select from coaching.relationship_members m where m.user_id = one and coaching.is_member(m.relationship_id, one)
                                                      and coaching.is_member(m.relationship_id, other))
$$;

-- What a member consents to, and what follows of it for the relationship (coaching contract, sections 5.3 and 7.1). Under the lock of the
-- relationship: so versions are counted one by one, and of two who write at once the second sees what the first has said. The version;
-- null: no such relationship, or none of the member's.
create function coaching.put_consent(relationship text, member text, said jsonb, wanted coaching.consent_status) returns int language plpgsql as $$
declare
    written int;
    agreed boolean;
begin
    perform from coaching.relationships where id = relationship for no key update;
    if not coaching.is_member(relationship, member) then
        return null;
    end if;
    insert into coaching.relationship_consents as c (relationship_id, user_id, scopes, status) values (relationship, member, said, wanted)
    on conflict (relationship_id, user_id) do update
    set scopes = excluded.scopes, status = excluded.status, version = c.version + 1, updated_at = excluded.updated_at
    returning version into written;
    select count(*) >= 2 and bool_and(m.member_status = 'ACCEPTED' and c.status is not distinct from 'ACTIVE') into agreed
    from coaching.relationship_members m left join coaching.relationship_consents c using (relationship_id, user_id)
    where m.relationship_id = relationship and m.member_status in ('INVITED', 'ACCEPTED');
    update coaching.relationships
    set status = case when agreed then 'ACTIVE' else 'PENDING_ACCEPTANCE' end::coaching.relationship_status, updated_at = now() at time zone 'utc'
    where id = relationship and (agreed and status <> 'ACTIVE' or not agreed and status = 'ACTIVE');
    return written;
end $$;

create function coaching.is_participant(session text, participant text) returns boolean language sql stable parallel safe as $$
    select exists (select from coaching.session_participants where session_id = session and user_id = participant)
$$;

create function coaching.notification_json(n coaching.notifications) returns json language sql stable parallel safe as $$
    select json_build_object('id', n.id, 'type', n.type, 'title', n.title, 'message', n.message, 'data', n.data,
                             'is_read', n.read_at is not null, 'read_at', coaching.iso(n.read_at), 'created_at', coaching.iso(n.created_at))
$$;

-- ---- invitations ----

-- Does its link still count?
create function coaching.invite_pending(status coaching.invite_status, expires_at timestamp) returns boolean language sql stable parallel safe as $$
    select status in ('CREATED', 'SENT', 'OPENED') and expires_at > now() at time zone 'utc'
$$;

-- Nobody writes that time has passed.
create function coaching.invite_status_now(status coaching.invite_status, expires_at timestamp)
returns coaching.invite_status language sql stable parallel safe as $$
    select case when status in ('CREATED', 'SENT', 'OPENED') and not coaching.invite_pending(status, expires_at) then 'EXPIRED' else status end
$$;

-- Lets a new account in by an invitation's link, if that counts and was sent to their address; what else has been sent there for the same
-- relationship is spent too. Says whether it did. The relationship is locked first, as it is by whoever deletes it.
create function coaching.join_by_invite(account text, hash text) returns boolean language sql as $$
    with held as materialized (
        select i.id, i.relationship_id, i.invitee_email
        from coaching.relationship_invites i
        join coaching.users u on u.id = account and lower(u.email) = lower(i.invitee_email)
        join coaching.relationships r on r.id = i.relationship_id
        where i.token_hash = hash for key share of r
    ), accepted as (
        update coaching.relationship_invites i
        set status = 'ACCEPTED', invitee_user_id = account, accepted_at = now() at time zone 'utc'
        from held h where i.id = h.id and i.token_hash = hash and coaching.invite_pending(i.status, i.expires_at)
        returning i.id, i.relationship_id, i.invitee_email
    ), spent as (
        update coaching.relationship_invites i set status = 'CANCELED'
        from accepted a
        where i.relationship_id = a.relationship_id and lower(i.invitee_email) = lower(a.invitee_email) and i.id <> a.id
          and i.status in ('CREATED', 'SENT', 'OPENED')
    ), joined as (
        insert into coaching.relationship_members as m (relationship_id, user_id, role, member_status, responded_at)
        select relationship_id, account, 'MEMBER', 'ACCEPTED', now() at time zone 'utc' from accepted
        on conflict (relationship_id, user_id) do update set member_status = 'ACCEPTED', responded_at = excluded.responded_at
        where m.member_status <> 'ACCEPTED'
    )
    select exists (table accepted)
$$;
