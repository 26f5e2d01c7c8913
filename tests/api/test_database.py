"""Databases and addresses of them as operators have them: through PgBouncer, in other encodings, with options of their own; and zones."""
import datetime
import re

import pytest

from classroom import Room, new_phone, person, register
from client import request_bytes, wait_until
from launch import HOST, Cluster, outside_server, own_port, run
from pooler import Pooler

MANY = ("--workers", 2)  # of them twelve connections


@pytest.fixture(scope="module")
def place():
    """A cluster for the module; who breaks it has one of his own."""
    own = Cluster()
    yield own
    own.remove()


@pytest.fixture
def pooler(place):
    started = []

    def go(**options):
        started.append(Pooler(place, **options).start())
        return started[-1]

    yield go
    for one in started:
        one.stop()


@pytest.fixture
def start(place, pooler):
    """Starts servers at an address of the cluster, or says why one did not start. They end before their poolers."""
    servers = []

    def go(*options, url=None, environment=None):
        server = outside_server(place, *options)
        server.environment |= {"DATABASE_URL": url or place.url(), **(environment or {})}
        servers.append(server)
        return server.start()

    def refusal(*options, **more):
        with pytest.raises(AssertionError, match="server not ready"):
            go(*options, **more)
        last = servers[-1]
        assert last.process.poll() == 1, "it ends by itself"
        return last.stderr().strip().split("\n")[-1]

    go.refusal = refusal
    yield go
    for server in servers:
        server.stop()
        server.remove()


def use(server):
    """What needs settings, prepared statements, notifications and both kinds of connections."""
    room = Room(server.api)
    student = room.student("Zoë Ünal")
    with room.stream(student) as stream:
        room.act(student, "chat", text="grüße ✓")
        assert stream.until("chat").data["text"] == "grüße ✓"
    return room


def law(database, room):
    """The log has no hole and nothing twice."""
    said = database.one(f"select count(*) n, count(distinct seq) seqs, max(seq) - min(seq) + 1 span from logs "
                        f"where session_id = {room.id} and seq is not null")
    assert said["n"] == said["seqs"] == said["span"], said


# ---- PgBouncer ----

@pytest.mark.parametrize("options", [{}, {"server_reset_query": ""}, {"server_round_robin": 1}, {"default_pool_size": 12}], ids=str)
def test_a_pooler_by_the_session_serves(start, pooler, options):
    url = pooler(**options).url()
    for _ in range(2):  # the second one gets the server connections of the first
        server = start(*MANY, url=url)
        use(server)
        server.stop()


@pytest.mark.parametrize("options", [{"pool_mode": "transaction"}, {"pool_mode": "statement"}, {"pool_mode": "transaction", "default_pool_size": 1},
                                     {"pool_mode": "transaction", "server_round_robin": 1},
                                     {"pool_mode": "transaction", "server_round_robin": 1, "min_pool_size": 12}], ids=str)
def test_a_pooler_by_the_transaction_ends_the_start(start, pooler, options):
    said = start.refusal(*MANY, url=pooler(**options).url())
    assert "by the transaction" in said and "pool_mode = session" in said


@pytest.mark.parametrize("options, places", [({"default_pool_size": 5}, 5), ({"max_client_conn": 11}, 11)], ids=str)
def test_too_few_places_end_the_start(start, pooler, options, places):
    said = start.refusal(*MANY, url=pooler(**options).url())
    assert f"only {places} of the 12 database connections" in said and "default_pool_size" in said


def test_too_few_connections_of_the_role_end_the_start(start, place):
    place.database.text("create role few login connection limit 3")
    said = start.refusal(*MANY, url=place.url().replace("lectern@", "few@"))
    assert "only 3 of the 12 database connections" in said and "too many connections for role" in said


def test_a_pooler_that_is_switched_under_a_server_corrupts_nothing(start, place, pooler):
    """What needs the session is refused meanwhile; what was answered is there once, in order, without a hole."""
    front = pooler()
    server = start("--write-wait", 500, url=front.url())
    rooms = [Room(server.api) for _ in range(6)]
    done = {room.id: 0 for room in rooms}

    def say():
        statuses = {room.id: room.action(room.teacher, "chat", text="x").status for room in rooms}
        assert set(statuses.values()) <= {200, 503}
        for room, status in statuses.items():
            done[room] += status == 200
        return 503 not in statuses.values()

    assert say()
    front.change(pool_mode="transaction")
    wait_until(lambda: not say(), what="a refusal")
    front.change(pool_mode="session")
    wait_until(say, 30, what="all rooms served")
    for room in rooms:
        law(place.database, room)
        assert place.database.one(f"select count(*) n from chat_messages where session_id = {room.id}")["n"] >= done[room.id]


# ---- encodings ----

@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "EUC_JP", "WIN1252"])
def test_a_database_in_another_encoding_ends_the_start(start, place, encoding):
    place.database.text(f"create database other_{encoding.lower()} encoding '{encoding}' lc_collate 'C' lc_ctype 'C' template template0")
    said = start.refusal(url=place.url().replace("/lectern?", f"/other_{encoding.lower()}?"))
    assert encoding in said and "UTF8" in said and "template0" in said


def test_what_the_environment_asks_of_sessions_breaks_nothing(start, place):
    """Encodings, zones and styles that libpq takes from the environment and the address, or the database from its role."""
    place.database.text("alter role lectern set timezone = 'Asia/Tokyo'")
    place.database.text("alter role lectern set datestyle = 'German'")
    server = start(url=place.url() + "&client_encoding=LATIN1&options=-c%20client_encoding%3DSJIS%20-csearch_path%3Dpg_catalog",
                   environment={"PGCLIENTENCODING": "EUC_JP", "PGTZ": "Asia/Kolkata", "PGDATESTYLE": "SQL"})
    room = use(server)
    stamp = datetime.datetime.fromisoformat(room.created["created_at"])
    assert abs((datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - stamp).total_seconds()) < 600
    assert place.database.one("select name from account.users where name like 'Zo%' order by user_id desc limit 1")["name"] == "Zoë Ünal"


# ---- addresses ----

def test_options_in_the_address_count_through_a_pooler_too(start, place, pooler):
    watched = "select distinct application_name as name from pg_stat_activity where application_name like 'mine%'"
    server = start(url=pooler().url() + "?application_name=mine&options=-c%20work_mem%3D7MB%20--statement-timeout%3D7s")
    use(server)
    assert place.database.rows(watched) == [{"name": "mine"}]


def test_what_a_pooler_refuses_ends_the_start(start, pooler):
    said = start.refusal(url=pooler().url(), environment={"PGOPTIONS": "-c work_mem=7MB"})
    assert "unsupported startup parameter: options" in said and "PGOPTIONS" in said


def test_an_option_that_is_none_ends_the_start(start, place):
    said = start.refusal(url=place.url() + "&options=-c%20no_such_thing%3D1")
    assert "no_such_thing" in said


def test_of_several_hosts_the_one_that_takes_writes_counts(start, place, pooler):
    """The first is not there, the second only reads."""
    readers = pooler()
    place.database.text("create role reader login superuser")
    place.database.text("alter role reader set default_transaction_read_only = on")
    server = start(url=f"postgresql://lectern@{HOST}:{own_port()},{HOST}:{readers.port}/lectern")
    use(server)


# ---- zones ----

@pytest.mark.parametrize("zone, minutes", [
    ("UTC+12", 720), ("GMT-12", -720), ("+05:30", 330), ("UTC\u22123", -180), ("asia/kolkata", 330), ("Etc/GMT+12", -720), ("EST", -300)])
def test_a_zone_is_read_as_people_mean_it(start, zone, minutes):
    server = start(environment={"COURSES_DAY_ZONE": zone})
    now = datetime.datetime.strptime(re.search(r'days of courses .* now="([^"]+)"', server.stderr())[1], "%Y-%m-%d %H:%M")
    wanted = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(minutes=minutes)
    assert abs((wanted - now).total_seconds()) < 120


@pytest.mark.parametrize("zone", ["Nowhere/Else", "IST", "IST-5:30", "<+05>-5", "UTC+15", "EST5EDT4,M3.2.0,M11.1.0"])
def test_what_is_no_zone_ends_the_start(start, zone):
    said = start.refusal(environment={"COURSES_DAY_ZONE": zone})
    assert zone in said and "Asia/Kolkata" in said and "+05:30" in said and "courses-day-zone" in said


# ---- a database that takes no writes for a while ----

def anyway(cluster, *commands):
    """In a session that may write, whatever the default is."""
    words = [word for command in ("set default_transaction_read_only = off", *commands) for word in ("-c", command)]
    done = run(*cluster.database.arguments, *words, cwd="/")
    assert done.returncode == 0, done.stderr


END_SESSIONS = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'lectern %'"


@pytest.mark.parametrize("whose", ["system", "database lectern"])
def test_a_database_that_only_reads_is_waited_for(start, place, whose):
    """25006: no room fails for it at once, writes that wait too long are 503 with Retry-After, and reading goes on."""
    server = start("--write-wait", 1000)
    rooms = [Room(server.api) for _ in range(4)]
    for room in rooms:
        room.act(room.teacher, "chat", text="before")
    anyway(place, f"alter {whose} set default_transaction_read_only = on", "select pg_reload_conf()", END_SESSIONS)
    say = lambda room: room.action(room.teacher, "chat", text="x")
    phone = new_phone()
    refused = wait_until(lambda: (answer := say(rooms[0])).status == 503 and answer, what="a refusal")
    assert int(refused.header("retry-after")) >= 1
    refused = wait_until(lambda: (answer := register(server.api, phone=phone)).status == 503 and answer, what="a refusal")
    assert int(refused.header("retry-after")) >= 1
    wait_until(lambda: server.api.get(rooms[1].path("/logs"), rooms[1].teacher).status == 200, what="reading")
    anyway(place, f"alter {whose} reset default_transaction_read_only", "select pg_reload_conf()")
    for room in rooms:
        wait_until(lambda: say(room).status == 200, what="a room that goes on")
        law(place.database, room)
    wait_until(lambda: register(server.api, phone=phone).status == 200, what="sign-up")
    assert "batch refused" not in server.stderr() and "refused a statement" not in server.stderr()


def test_a_write_outlasts_a_short_time_of_reading_only(start, place):
    """Nobody is told: the turn waits, and its room need not be rebuilt."""
    server = start()
    room = Room(server.api)
    room.act(room.teacher, "chat", text="before")
    anyway(place, "alter system set default_transaction_read_only = on", "select pg_reload_conf()")
    wait_until(lambda: place.database.text("show default_transaction_read_only") == "on", what="reading only")
    with server.api.connect() as connection:
        connection.send(request_bytes("POST", room.path(f"/action?user_id={room.teacher.id}"), "a", {}, "application/json",
                                      b'{"type": "chat", "text": "late"}'))
        wait_until(lambda: "commits are refused for now sqlstate=25006" in server.stderr(), what="a refusal")
        anyway(place, "alter system reset default_transaction_read_only", "select pg_reload_conf()")
        assert connection.answer().status == 200
    law(place.database, room)
    assert "actor restarted" not in server.stderr()


def test_tables_that_change_under_prepared_statements(start, place):
    """0A000: the session is made anew, and all goes on."""
    server = start()
    room, teacher = Room(server.api), person(server.api, "teacher")
    login = lambda: server.api.post("/auth/login", form={"username": teacher.phone, "password": "pass123"}).status
    assert login() == 200
    place.database.text("alter table account.users alter column password_hash type varchar(500)")
    statuses = [login() for _ in range(3)]
    wait_until(lambda: login() == 200 and login() == 200 and login() == 200 and login() == 200, what="sign-in")
    assert set(statuses) <= {200, 503}, statuses
    assert room.action(room.teacher, "chat", text="x").status == 200


def test_statements_that_somebody_takes_away(start, place):
    """26000, as a pooler's reset makes it: nothing fails for long."""
    server = start()
    room = Room(server.api)
    place.database.text("create sequence public.times")
    place.database.text("create function public.forget() returns trigger language plpgsql as $$ begin "
                          "if nextval('public.times') = 1 then execute 'deallocate all'; end if; return null; end $$")
    place.database.text("create trigger forget after insert on classroom.logs for each statement execute function public.forget()")
    assert room.action(room.teacher, "chat", text="x").status == 200
    assert [room.action(room.teacher, "chat", text="y").status for _ in range(3)] == [200] * 3
    law(place.database, room)
