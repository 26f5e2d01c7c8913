"""Jobs: work of the outbox that a statement does (coaching contract, section 8.5). At least once, whatever the server or the database does;
what fails is tried again after growing pauses, then dead; kinds hold up no other; one server at a time has a job."""
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from admin import Operator
from client import wait_until
from coaching import couple
from coaching_rooms import FAST, begin, connect, finalize, measure, nudge
from launch import binary, outside_server, run

OPTIONS = ("--outbox-backoff", 10, "--outbox-attempts", 3)
HOLD_REPORTS = "do $$ begin perform from coaching.sessions for update; end $$"  # whoever makes one waits
READY = ("2 nudges delivered. 1 slow-down suggestions, 1 pause suggestions.", "READY")


@pytest.fixture(scope="module")
def house(start_module_server):
    return start_module_server(*OPTIONS)


@pytest.fixture
def operator(house):
    return Operator(house)


def add_session(database, count=1, status="ENDED", nudges=("SLOW_DOWN", "PAUSE")):
    """Sessions of one person, each with these nudges; their ids."""
    values = ", ".join(f"({seq}, '{kind}')" for seq, kind in enumerate(nudges, 1))
    return database.text(f"""
        with person as (insert into account.users (name) values ('Ada') returning user_id),
        one as (insert into coaching.users (person_id, email, password_hash) select user_id, gen_random_uuid() || '@example.org', '' from person
                returning id),
        pair as (insert into coaching.relationships (type, created_by_user_id) select 'COUPLE', id from one returning id),
        made as (insert into coaching.sessions (relationship_id, status) select id, '{status}' from pair, generate_series(1, {count})
                 returning id),
        said as (insert into coaching.nudge_events (session_id, user_id, nudge_type, payload, seq, created_at)
                 select made.id, one.id, n.kind, '{{}}', n.seq, now() from made, one, (values {values}) n (seq, kind) where n.seq is not null)
        select id from made""").split()


def queue(database, kind, *payloads):
    """Rows of the outbox; their ids."""
    values = ", ".join(f"('{kind}', '{json.dumps(payload)}')" for payload in payloads)
    return database.text(f"insert into outbox.messages (kind, payload) values {values} returning id").split()


def queue_reports(database, sessions):
    return queue(database, "report", *({"session_id": session} for session in sessions))


def report(database, session):
    """What is stored: (summary, status); None: nothing is."""
    rows = database.rows(f"select summary, status from coaching.session_reports where session_id = '{session}'")
    return (rows[0]["summary"], rows[0]["status"]) if rows else None


def row(database, message):
    rows = database.rows(f"select state, attempts, last_error from outbox.messages where id = '{message}'")
    return rows[0] if rows else None


def gone(database, message):
    wait_until(lambda: row(database, message) is None, what="a job that is done")


def dead(database, message):
    return wait_until(lambda: (now := row(database, message)) and now["state"] == "dead" and now, what="a dead job")


def lectern(server, *words):
    return run(binary(), *words, "--data", server.data)


def metric(server, name):
    lines = server.api.get("/metrics").body.decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


# ---- what is done ----

def test_a_report_is_made(house):
    database = house.database()
    (session,) = add_session(database)
    (job,) = queue_reports(database, [session])
    gone(database, job)
    assert report(database, session) == READY


def test_a_repeated_job_changes_nothing(house):
    database = house.database()
    (session,) = add_session(database)
    for job in queue_reports(database, [session, session, session]):
        gone(database, job)
    before = database.one(f"select * from coaching.session_reports where session_id = '{session}'")
    (job,) = queue_reports(database, [session])
    gone(database, job)
    assert database.one(f"select * from coaching.session_reports where session_id = '{session}'") == before


def test_a_job_of_a_session_that_has_vanished_is_done(house):
    database = house.database()
    for job in queue_reports(database, [str(uuid.uuid4()), "", "\"; drop table x; --", "é" * 500]):
        gone(database, job)


def finalized(server, pair):
    """A session of two in which one has been nudged, and which has just been finalized; its id."""
    sid = begin(server, pair.id, pair.ada, pair.ben)
    socket = connect(server.api, sid, pair.ada)
    measure(socket, sid, FAST)
    assert nudge(socket)["nudge_type"] == "SLOW_DOWN"
    assert finalize(server.api, sid, pair.ben).json() == {"ok": True}
    return sid


def is_ready(server, sid):
    wait_until(lambda: report(server.database(), sid) == ("1 nudges delivered. 1 slow-down suggestions, 0 pause suggestions.", "READY"),
               what="the report")


def test_who_finalizes_gets_a_report(house):
    pair = couple(house.api)
    for sid in (finalized(house, pair), finalized(house, pair)):
        is_ready(house, sid)


def test_a_kill_after_the_answer_loses_no_report(start_server):
    server = start_server(*OPTIONS)
    sid = finalized(server, couple(server.api))
    server.kill()
    server.start()
    is_ready(server, sid)


# ---- what cannot be done ----

@pytest.mark.parametrize("payload", [{}, [], "text", None, {"session_id": 5}, {"session_id": None}, {"session_id": ["a"]}], ids=repr)
def test_a_payload_that_cannot_be_read_is_given_up_at_once(house, payload):
    database = house.database()
    (job,) = queue(database, "report", payload)
    (session,) = add_session(database)
    (good,) = queue_reports(database, [session])
    assert dead(database, job)["last_error"] == "the payload's session_id is missing or of another type"
    assert row(database, job)["attempts"] == 1
    gone(database, good)  # it has stopped nothing
    wait_until(lambda: f"a message is given up kind=report id={job}" in house.stderr(), what="the log line")


def test_a_kind_that_nobody_knows_is_given_up(house):
    database = house.database()
    (job,) = queue(database, "generate_a_poem", {"session_id": "x"})
    assert dead(database, job)["last_error"] == "nobody knows this kind"
    (session,) = add_session(database)
    (good,) = queue_reports(database, [session])
    gone(database, good)
    wait_until(lambda: "messages are given up: nobody knows their kind kind=generate_a_poem" in house.stderr(), what="the log line")


def test_what_fails_is_tried_again_and_then_given_up(house, operator):
    """A report that the database refuses, until somebody mends it and gives it new attempts."""
    database = house.database()
    (session,) = add_session(database)
    database.text("alter table coaching.session_reports add constraint broken check (summary <> '2 nudges delivered. 1 slow-down suggestions, "
                  "1 pause suggestions.') not valid")
    try:
        (job,) = queue_reports(database, [session])
        end = dead(database, job)
    finally:
        database.text("alter table coaching.session_reports drop constraint broken")
    assert end == {"state": "dead", "attempts": 3, "last_error": "the database refused it: 23514"}
    wait_until(lambda: f"a message is given up kind=report id={job} attempts=3" in house.stderr(), what="the log line")

    of_kind = next(kind for kind in operator("jobs") if kind["kind"] == "report")
    assert of_kind["dead"] >= 1 and of_kind["last_error"]
    done = lectern(house, "jobs", "retry", job)
    assert (done.returncode, done.stdout) == (0, "1 to be delivered\n"), done
    gone(database, job)
    assert report(database, session) == READY


def test_pauses_grow(start_server):
    server = start_server("--outbox-backoff", 400, "--outbox-attempts", 10)
    database = server.database()
    (session,) = add_session(database)
    database.text("alter table coaching.session_reports add constraint broken check (summary = '') not valid")
    # when the next attempt may be, as each is noted down
    database.script(["create table public.seen as select attempts, next_at from outbox.messages where false;",
                     "create function public.see() returns trigger language plpgsql as $$ begin insert into public.seen values (new.attempts, new.next_at); "
                     "return null; end $$;",
                     "create trigger see after update on outbox.messages for each row when (new.state = 'waiting') execute function public.see();"])
    (job,) = queue_reports(database, [session])
    seen = "select attempts, extract(epoch from next_at) as at from public.seen order by attempts"
    wait_until(lambda: len(database.rows(seen)) >= 3, what="three attempts")
    assert [one["attempts"] for one in database.rows(seen)][:3] == [1, 2, 3]
    times = [one["at"] for one in database.rows(seen)]
    assert times[1] - times[0] >= 0.4 and times[2] - times[1] >= 0.8  # halves of 800 and 1600 ms
    database.text("alter table coaching.session_reports drop constraint broken")
    gone(database, job)


# ---- operators ----

def test_operators_list_retry_and_drop_by_kind(house, operator):
    database = house.database()
    jobs = queue(database, "sing", {}, {}, {}) + queue(database, "dance", {})
    for job in jobs:
        dead(database, job)
    listed = lectern(house, "jobs", "list", "sing")
    assert listed.returncode == 0 and sorted(line.split()[0] for line in listed.stdout.splitlines()) == sorted(jobs[:3])
    assert lectern(house, "outbox", "list", "sing").stdout == listed.stdout  # the same command
    assert lectern(house, "jobs", "drop", jobs[0]).stdout == "1 forgotten\n"
    assert lectern(house, "jobs", "drop", "sing").stdout == "2 forgotten\n"
    nothing = lectern(house, "jobs", "drop", "sing")
    assert nothing.returncode == 1 and "no dead message sing, and none of such a kind" in nothing.stderr
    assert operator("outbox", "drop", "dance") == {"messages": 1}
    assert [row(database, job) for job in jobs] == [None] * 4


def test_operators_see_the_kinds(start_server):
    server = start_server(*OPTIONS)
    database, operator = server.database(), Operator(server)
    assert operator("jobs") == []
    (session,) = add_session(database)
    with database.held(HOLD_REPORTS):
        (job,) = queue_reports(database, [session])
        wait_until(lambda: (now := row(database, job)) and now["state"] == "sending", what="a job under way")
        database.text("insert into outbox.messages (kind, payload, next_at, created_at) values "
                      "('report', '{}', now() at time zone 'utc' + interval '1 hour', now() at time zone 'utc' - interval '1 hour')")
        (of_kind,) = operator("jobs")
        assert (of_kind["kind"], of_kind["waiting"], of_kind["under_way"], of_kind["dead"]) == ("report", 1, 1, 0)
        assert 3599 <= of_kind["oldest_s"] < 7200 and of_kind["next_at"] > of_kind["oldest_at"]
        wait_until(lambda: metric(server, 'lectern_outbox_rows{kind="report",state="waiting"}') == 2, what="the numbers")
        assert metric(server, 'lectern_outbox_under_way{kind="report"}') == 1
        assert metric(server, 'lectern_outbox_oldest_seconds{kind="report"}') >= 3599
    gone(database, job)
    wait_until(lambda: metric(server, 'lectern_outbox_attempts_total{kind="report",end="delivered"}') == 1, what="the numbers")
    assert metric(server, 'lectern_outbox_rows{kind="push",state="waiting"}') == 0


def test_what_is_of_no_kind_is_counted(start_server):
    server = start_server(*OPTIONS)
    (job,) = queue(server.database(), "sing", {})
    dead(server.database(), job)
    wait_until(lambda: metric(server, 'lectern_outbox_attempts_total{kind="unknown",end="dead"}') == 1, what="the numbers")
    wait_until(lambda: metric(server, 'lectern_outbox_rows{kind="unknown",state="dead"}') == 1, what="the numbers")


# ---- crashes, outages, two servers ----

@pytest.mark.parametrize("when", ["before", "under way"])
def test_a_kill_loses_no_job(start_server, when):
    server = start_server(*OPTIONS)
    database = server.database()
    (session,) = add_session(database)
    if when == "before":
        server.kill()
        (job,) = queue_reports(database, [session])  # committed, and nobody is there
    else:
        with database.held(HOLD_REPORTS):
            (job,) = queue_reports(database, [session])
            wait_until(database.somebody_waits, what="a job under way")
            server.kill()
    assert row(database, job)
    server.start()
    gone(database, job)
    assert report(database, session) == READY


def test_kill_at_any_moment(start_server):
    """Reports are queued while the server is killed again and again: each is made, and none is left."""
    server = start_server(*OPTIONS)
    database = server.database()
    sessions = add_session(database, 300)
    for turn in range(3):
        queue_reports(database, sessions[turn * 100:turn * 100 + 100])
        wait_until(lambda: database.text("select count(*) from coaching.session_reports") > "0", what="the first of them")
        server.kill()
        server.start()
    wait_until(lambda: database.text("select count(*) from outbox.messages") == "0", what="an empty outbox")
    assert database.rows("select summary, status, count(*) from coaching.session_reports group by 1, 2") == [
        {"summary": READY[0], "status": "READY", "count": 300}]


def test_an_outage_of_the_database(start_server):
    server = start_server(*OPTIONS)
    database = server.database()
    (session,) = add_session(database)
    with database.held(HOLD_REPORTS):
        (job,) = queue_reports(database, [session])
        wait_until(database.somebody_waits, what="a job under way")
        database.text("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'lectern %'")
    gone(database, job)
    assert report(database, session) == READY


def test_a_graceful_stop_waits_for_a_job(start_server):
    server = start_server(*OPTIONS)
    database = server.database()
    (session,) = add_session(database)
    with database.held(HOLD_REPORTS):
        (job,) = queue_reports(database, [session])
        wait_until(database.somebody_waits, what="a job under way")
        server.terminate()
        wait_until(lambda: "stopping gracefully" in server.stderr(), what="the stop")
    assert server.wait() == 0
    server.start()
    assert row(database, job) is None and report(database, session) == READY


def test_two_servers_have_each_job_once(cluster):
    """The one that came second has none, whatever is under way at the first, until that is gone; then at once all that is left."""
    first, second = (outside_server(cluster, *OPTIONS, "--statement-timeout", 300000) for _ in range(2))
    database = cluster.database
    try:
        first.start()
        sessions = add_session(database, 40)
        with database.held(HOLD_REPORTS):
            jobs = queue_reports(database, sessions)
            taken = "select attempts, count(*) as n from outbox.messages where state = 'sending' group by 1"
            wait_until(lambda: database.rows(taken) == [{"attempts": 1, "n": 16}], what="jobs under way")
            with ThreadPoolExecutor() as pool:
                standing_by = pool.submit(second.start)
                wait_until(lambda: database.text("select count(*) from pg_locks where locktype = 'advisory' and not granted") > "0",
                           what="a second server that waits for its turn")
                assert database.rows(taken) == [{"attempts": 1, "n": 16}]
                first.kill()
                standing_by.result()
        wait_until(lambda: not any(row(database, job) for job in jobs), what="jobs that are done")
        assert {report(database, session) for session in sessions} == {READY}
    finally:
        for server in (first, second):
            if server.running():
                server.stop()
            server.remove()


# ---- many ----

def test_many_jobs_keep_their_bounds(start_server):
    """Ten thousand at once: so many are under way as there are places, the others wait in the table."""
    server = start_server()
    database = server.database()
    sessions = add_session(database, 10000, nudges=("PAUSE",))
    database.text("insert into outbox.messages (kind, payload) select 'report', json_build_object('session_id', id) from coaching.sessions")
    wait_until(lambda: database.text("select count(*) from outbox.messages") == "0", what="an empty outbox", timeout=300)
    assert database.text("select count(*) from coaching.session_reports where status = 'READY'") == str(len(sessions))
    assert metric(server, 'lectern_outbox_attempts_total{kind="report",end="delivered"}') == 10000
    assert 1 <= metric(server, 'lectern_queue_highest{queue="couriers"}') <= 16
