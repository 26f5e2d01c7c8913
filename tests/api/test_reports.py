"""Reports: attendance, the log as a file, ended sessions. reports.py tells the same in Python; both must agree."""
import json
import random
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from classroom import ABSENT, TOO_BIG, Room, is_stamp, loc_of, ok, person, refused
from client import End, request_bytes, target_of, wait_until
from launch import outside_server
from reports import attendance, guarded, guarded_json, moment, read_csv

PAGE = 256
FILES = ("/logs.csv", "/logs.ndjson", "/attendance", "/attendance.csv")
LOG_HEADER = ["log_id", "event_type", "user_id", "event_details", "created_at"]
ATTENDANCE_HEADER = ["participant_id", "user_id", "name", "first_join", "last_leave", "present_seconds", "rejoins",
                     "is_present"]


def get(room, rest, who=None, **query):
    return room.api.get(room.path(rest), who or room.teacher, query=query)


def report(room):
    answer = ok(get(room, "/attendance"))
    assert list(answer) == ["session_id", "title", "is_active", "started_at", "ended_at", "participants"]
    assert answer["session_id"] == room.id
    return answer


def people(room):
    return report(room)["participants"]


def one(room, pid):
    return next(who for who in people(room) if who["participant_id"] == pid)


def pid_of(stream):
    return stream.seen[0].data["participant_id"]


def rows_of(server, room):
    return server.database().rows(f"select * from logs where session_id = {room.id} order by created_at, log_id")


def runs_of(server):
    return server.database().rows("select * from runs order by started_at")


def session_of(server, room):
    return server.database().one(f"select * from sessions where session_id = {room.id}")


def check(server, room):
    """What the report says is what the log says; returns the people."""
    answer, session = report(room), session_of(server, room)
    assert not session["is_active"], "only an ended session can be compared to the microsecond"
    assert (answer["title"], answer["is_active"]) == (session["title"], False)
    assert (moment(answer["started_at"]), moment(answer["ended_at"])) == (
        moment(session["created_at"]), moment(session["ended_at"]))
    assert answer["participants"] == attendance(rows_of(server, room), runs_of(server), session, None)
    return answer["participants"]


def between(server, room, pid, kinds):
    """Seconds between the first rows of two kinds of one person."""
    rows = [row for row in rows_of(server, room) if row["event_details"].get("participant_id") == pid]
    first, last = (next(moment(row["created_at"]) for row in rows if row["event_type"] == kind) for kind in kinds)
    return (last - first).total_seconds()


# ---- who may read ----

@pytest.mark.parametrize("rest", FILES)
def test_only_the_creator_reads(api, room, rest):
    member, other = room.student(), person(api, "teacher")
    room.join(member)
    room.stream(other).close()
    assert get(room, rest).status == 200
    refused(get(room, rest, member), 403, "Teacher role required")
    refused(get(room, rest, other), 403, "Only the session creator can view logs")
    refused(api.get(room.path(rest)), 400, "user_id query param required for dev auth (e.g. user_id=5)")
    refused(api.get(room.path(rest), ABSENT), 404, "User not found")
    refused(api.get(f"/sessions/{ABSENT}{rest}", room.teacher), 404, "Session not found")
    assert api.get(f"/sessions/{TOO_BIG}{rest}", room.teacher).status in (404, 422)
    assert api.get(room.path(rest), token=room.teacher.token).status == 200
    assert api.get(room.path(rest), token="not.a.token").status == 401
    assert api.post(room.path(rest), room.teacher).status == 405


@pytest.mark.parametrize("rest", FILES)
def test_an_orphan_belongs_to_nobody(server, room, rest):
    server.database().text(f"update sessions set created_by = null where session_id = {room.id}")
    refused(get(room, rest), 403, "Only the session creator can view logs")


# ---- attendance ----

def test_the_walkthrough(server, room):
    student = room.student("Test Student")
    pid = room.join(student)
    ok(room.mute(pid))
    answer = report(room)
    assert answer["is_active"] is True and answer["ended_at"] is None and answer["title"] == "A class"
    joined = room.logs(event_type="participant_joined")[0]
    assert answer["participants"] == [{
        "participant_id": pid, "user_id": student.id, "name": "Test Student", "first_join": joined["created_at"],
        "last_leave": None, "present_seconds": 0.0, "rejoins": 0, "is_present": False}]
    assert b'"present_seconds":0.0' in get(room, "/attendance").body
    stream = room.stream(student)
    room.act(room.teacher, "mute_participant", target_participant_id=pid)
    room.act(room.teacher, "chat", text="Hello everyone!")
    room.act(room.teacher, "end_session")
    stream.rest()
    [who] = check(server, room)
    assert who["first_join"] == joined["created_at"] and not who["is_present"] and is_stamp(who["last_leave"])
    second = room.logs(event_type="participant_joined")[0]
    assert second["event_details"]["stream"] is True and "stream" not in joined["event_details"]
    left = room.logs(event_type="participant_left")[0]
    assert who["present_seconds"] == (moment(left["created_at"]) - moment(second["created_at"])).total_seconds() > 0


def test_an_empty_session(server, room):
    assert people(room) == []
    assert get(room, "/attendance.csv").body == ("\ufeff" + ",".join(ATTENDANCE_HEADER) + "\r\n").encode()
    ok(room.end())
    assert check(server, room) == []


def test_a_running_class_counts_up_to_now(room, student):
    stream = room.stream(student)
    pid = pid_of(stream)
    joined = moment(room.logs(event_type="participant_joined")[0]["created_at"])

    def now():
        return (datetime.now(timezone.utc).replace(tzinfo=None) - joined).total_seconds()

    seen = []
    for _ in range(3):
        before, who, after = now(), one(room, pid), now()
        assert who["is_present"] is True and who["last_leave"] is None
        assert before <= who["present_seconds"] <= after
        seen.append(who["present_seconds"])
    assert seen == sorted(set(seen))
    watcher = room.stream(room.teacher)
    stream.close()
    watcher.until("participant_left")
    gone = one(room, pid)
    assert gone["is_present"] is False and gone["last_leave"] is not None
    assert one(room, pid) == gone, "it no longer grows"
    assert one(room, pid_of(watcher))["is_present"] is True


def test_overlapping_streams_are_one_presence(server, room, student):
    watcher = room.stream(room.teacher)
    first = room.stream(student)
    pid = pid_of(first)
    second = room.stream(student)
    first.close()
    room.act(student, "raise_hand")
    second.until("hand_raised")
    assert one(room, pid)["is_present"] is True and one(room, pid)["rejoins"] == 0
    second.close()
    watcher.until("participant_left")
    who = one(room, pid)
    assert who["present_seconds"] == between(server, room, pid, ("participant_joined", "participant_left"))
    assert (who["rejoins"], who["is_present"]) == (0, False)
    third = room.stream(student)
    assert (one(room, pid)["rejoins"], one(room, pid)["is_present"]) == (1, True)
    ok(room.end())
    third.rest()
    assert [who["rejoins"] for who in check(server, room)] == [0, 1]


def test_kicked_and_back(server, room, student):
    watcher, stream = room.stream(room.teacher), room.stream(student)
    pid = pid_of(stream)
    ok(room.kick(pid))
    stream.rest()
    who = one(room, pid)
    kicked = room.logs(event_type="participant_kicked")[0]
    assert who["last_leave"] == kicked["created_at"] and not who["is_present"]
    assert who["present_seconds"] == between(server, room, pid, ("participant_joined", "participant_kicked"))
    room.join(room.teacher, form={"user_id": student.id})
    assert one(room, pid) == who, "added again, but not there yet"
    again = room.stream(student)
    assert (one(room, pid)["is_present"], one(room, pid)["rejoins"]) == (True, 1)
    ok(room.end())
    again.rest()
    watcher.rest()
    check(server, room)


def test_kicked_without_ever_being_there(server, room, student):
    pid = room.join(student)
    ok(room.kick(pid))
    who = one(room, pid)
    assert (who["present_seconds"], who["last_leave"], who["rejoins"]) == (0, None, 0)
    room.join(room.teacher, form={"user_id": student.id})
    stream = room.stream(student)
    assert one(room, pid)["rejoins"] == 0, "the first time is no return"
    ok(room.end())
    stream.rest()
    check(server, room)


def test_the_creator_is_listed_when_he_joins(room, student):
    stream = room.stream(student)
    room.act(room.teacher, "chat", text="I never joined")
    assert [who["user_id"] for who in people(room)] == [student.id]
    own = room.stream(room.teacher)
    assert [who["user_id"] for who in people(room)] == [student.id, room.teacher.id]
    own.close()
    stream.close()


def restarted(server):
    """Starts the server again; its run is written down soon after."""
    server.start()
    wait_until(lambda: len(runs_of(server)) == 2, what="the new run")


def test_killed_in_the_middle(start_server):
    """Presence ends with the server's last sign of life; who comes back is not called a rejoiner, who had time to be
    seen to leave is."""
    server = start_server("--presence-grace", 1)
    room = Room(server.api)
    ann, ben = room.student("Ann"), room.student("Ben")
    streams = [room.stream(who) for who in (ann, ben)]
    pids = list(map(pid_of, streams))
    server.kill()
    restarted(server)
    before = {who["participant_id"]: who for who in people(room)}
    assert not any(who["is_present"] for who in before.values())
    lived = moment(runs_of(server)[0]["alive_at"])
    for pid in pids:
        joined = moment(before[pid]["first_join"])
        assert moment(before[pid]["last_leave"]) == max(joined, lived)
    stream = room.stream(ann)
    stream.until("participant_left")
    assert (one(room, pids[0])["is_present"], one(room, pids[0])["rejoins"]) == (True, 0)
    assert one(room, pids[1]) == before[pids[1]], "the departure that was only noticed later adds nothing"
    again = room.stream(ben)
    assert (one(room, pids[1])["is_present"], one(room, pids[1])["rejoins"]) == (True, 1)
    assert one(room, pids[1])["present_seconds"] < (
        moment(runs_of(server)[1]["started_at"]) - moment(room.created["created_at"])).total_seconds() + 60
    ok(room.end())
    stream.rest()
    again.rest()
    check(server, room)


def test_an_orderly_stop_ends_presence_when_it_begins(start_server):
    server = start_server()
    room = Room(server.api)
    stream = room.stream(room.student())
    server.terminate()
    stream.rest()
    assert server.wait() == 0
    restarted(server)
    first, second = runs_of(server)
    [who] = people(room)
    assert not who["is_present"] and moment(who["last_leave"]) == moment(first["alive_at"])
    assert moment(first["started_at"]) < moment(first["alive_at"]) < moment(second["started_at"])
    ok(room.end())
    check(server, room)


# ---- attendance against the model ----

def history(chance):
    """A random life of a session in 1975: runs of the server, rows, whether and when it ended."""
    clock = [datetime(1975, 1, 1) + timedelta(days=chance.randrange(300), microseconds=chance.randrange(10**6))]

    def later(most=100.0):
        clock[0] += timedelta(seconds=round(chance.choice((0, 0.000001, chance.uniform(0, most))), 6))
        return clock[0]

    runs, rows, begun = [], [], later()
    run = [begun - timedelta(seconds=5), begun]
    for _ in range(chance.randrange(60)):
        if chance.random() < 0.08:
            run[1] = max(run[0], later() - timedelta(seconds=chance.choice((0, 3))))
            runs.append(run)
            run = [later(1000) + timedelta(microseconds=1), clock[0]]
            run[0] = max(run[0], runs[-1][1] + timedelta(microseconds=1))
            clock[0] = run[0]
        rows.append(random_row(chance, later()))
    run[1] = clock[0]
    runs.append(run)
    ended = later() if chance.random() < 0.7 else None
    return begun, ended, runs, rows


def random_row(chance, at):
    pid = chance.randrange(1, 5)
    kind = chance.choices(("participant_joined", "participant_left", "participant_kicked", "chat_message"),
                          (5, 4, 1, 1))[0]
    details = {"participant_id": pid}
    if kind == "participant_joined":
        details["user_name"] = f"Person {pid}"
        details.update(chance.choice(({}, {"stream": True}, {"stream": True})))
    if kind == "participant_kicked":
        details["kicked_user_id"] = 1
    return at, kind, details


def literal(value):
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def test_random_histories(server):
    """Sessions one after the other in time: the runs of one are no restarts of the next."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    room = Room(server.api)
    database, sessions = server.database(), []
    users = [room.student().id for _ in range(4)]
    sql = []
    for at in range(40):
        begun, ended, runs, rows = history(chance)
        away = timedelta(days=365 * at)
        number = 1_000_000_000 + chance.randrange(900_000_000)
        sessions.append(number)
        sql.append(f"insert into sessions (session_id, title, created_by, is_active, created_at, ended_at) values "
                   f"({number}, 'History', {room.teacher.id}, {ended is None}, '{begun + away}', "
                   f"{literal(ended and ended + away)});")
        sql += [f"insert into runs (started_at, alive_at) values ('{one + away}', '{last + away}');"
                for one, last in runs]
        sql += [f"insert into logs (session_id, user_id, event_type, event_details, created_at) values ({number}, "
                f"{users[details['participant_id'] - 1]}, '{kind}', {literal(json.dumps(details))}, '{when + away}');"
                for when, kind, details in rows]
    database.script(sql)
    try:
        seconds, returns = 0, 0
        for number in sessions:
            room.id = number
            session, runs = session_of(server, room), runs_of(server)
            told = people(room)
            # Whatever was open has been cut by the restarts since, so that now plays no part.
            assert told == attendance(rows_of(server, room), runs, session, datetime.now()), (seed, number)
            seconds += sum(who["present_seconds"] for who in told)
            returns += sum(who["rejoins"] for who in told)
        assert seconds > 0 and returns > 0
    finally:
        database.text("delete from runs where started_at < '2020-01-01'")


# ---- CSV cells ----

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/C calc'!A0", "\"=1\"", " =1", "a;=1", "a, b", "say \"hi\"", "\"\"", "'=1",
         "Jörg 🎓 Ω", "x\r\ny", "x\n=1", "\u00a0@x", "\uff1d1", "-", ";", ",", "tab\there", "a;\"+b", "line\u2028end",
         "\ufeffbom", "==", "a=b+c-d@e", "1;2;-3", "\\", "\\\"", "NULL", "0", "'"]


def nasty_text(chance):
    return "".join(chance.choice(["=", "+", "-", "@", "\"", ";", ",", "\r", "\n", "\t", " ", "a", "é", "\uff1d", "\u00a0",
                                  "'", "\\", "7"]) for _ in range(chance.randrange(1, 12)))


def test_names_of_all_kinds_in_the_table(server, room):
    chance = random.Random(4180)
    names = NASTY + [nasty_text(chance) for _ in range(30)]
    with ThreadPoolExecutor(8) as pool:
        people_ = list(pool.map(lambda _: room.student(), names))
    stored = [name.replace("\\", "\\\\").replace("'", "''").replace("\r", "\\r").replace("\n", "\\n") for name in names]
    server.database().script([f"update users set name = E'{name}' where user_id = {who.id};" for who, name in zip(people_, stored)])
    for who in people_:  # names as they were stored before anything was taken off
        room.join(who)
    told = people(room)
    assert [who["name"] for who in told] == names
    answer = get(room, "/attendance.csv")
    assert answer.header("content-type") == "text/csv; charset=utf-8; header=present"
    assert answer.header("content-disposition") == f'attachment; filename="session-{room.id}-attendance.csv"'
    header, *rows = read_csv(answer.body)
    assert header == ATTENDANCE_HEADER
    assert [row[2] for row in rows] == [guarded(name) for name in names]
    for row, who in zip(rows, told):
        assert row[:2] == [str(who["participant_id"]), str(who["user_id"])]
        assert row[3:] == [who["first_join"], "", "0.0", "0", "false"]
    for row in rows:
        for place in re.split(r"[;\t\r\n]", row[2]):
            assert place.strip(" \"\u00a0\u3000\ufeff")[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20"), row


def test_numbers_are_not_damaged(server, room, student):
    stream = room.stream(student)
    ok(room.end())
    stream.rest()
    [who] = people(room)
    [row] = read_csv(get(room, "/attendance.csv").body)[1:]
    assert row == [str(who["participant_id"]), str(who["user_id"]), who["name"], who["first_join"], who["last_leave"],
                   f"{who['present_seconds']:.6f}", "0", "false"]


def test_somebody_who_was_deleted_is_still_in_the_report(server, room, student):
    pid = room.join(student)
    server.database().text(f"delete from account.users where user_id = {student.id}")
    who = one(room, pid)
    assert (who["user_id"], who["name"]) == (None, student.name)
    assert read_csv(get(room, "/attendance.csv").body)[1][:3] == [str(pid), "", student.name]


# ---- the log as a file ----

def put_rows(server, room, count, at="2001-01-01", step="1 second", details="jsonb_build_object('n', g)",
             kind="case g % 10 when 0 then 'hand_raised' else 'chat_message' end"):
    server.database().text(
        f"insert into logs (session_id, user_id, event_type, event_details, created_at) "
        f"select {room.id}, {room.teacher.id}, {kind}, {details}, timestamp '{at}' + g * interval '{step}' "
        f"from generate_series(1, {count}) g")


def ndjson(data):
    assert not data or data.endswith(b"\n")
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def test_both_forms_say_what_the_log_says(room):
    stream = room.stream(room.student("=Ann"))
    for text in NASTY:
        if text.strip():
            room.act(room.teacher, "chat", text=text)
    ok(room.end())
    stream.rest()
    logs = list(reversed(room.logs()))
    lines = get(room, "/logs.ndjson")
    assert lines.header("content-type") == "application/x-ndjson"
    assert lines.header("content-disposition") == f'attachment; filename="session-{room.id}-log.ndjson"'
    assert lines.header("transfer-encoding") == "chunked"
    assert ndjson(lines.body) == logs
    table = get(room, "/logs.csv")
    assert table.header("content-type") == "text/csv; charset=utf-8; header=present"
    assert table.header("content-disposition") == f'attachment; filename="session-{room.id}-log.csv"'
    header, *rows = read_csv(table.body)
    assert header == LOG_HEADER
    told = [{"log_id": int(row[0]), "event_type": row[1], "user_id": int(row[2]), "event_details": json.loads(row[3]),
             "created_at": row[4]} for row in rows]
    assert told == logs


def test_random_cells(server, room):
    chance = random.Random(1236)
    sql = []
    for _ in range(700):
        details = {nasty_text(chance): nasty_text(chance), "n": chance.choice((-5, -0.5, None, True))}
        kind = chance.choice((nasty_text(chance), "chat_message"))
        sql.append(f"insert into logs (session_id, event_type, event_details) values ({room.id}, {literal(kind)}, "
                   f"{literal(json.dumps(details))});")
    sql.append(f"insert into logs (session_id, event_type, event_details) values ({room.id}, 'x', null);")
    server.database().script(sql)
    rows = server.database().rows("select log_id, event_type, user_id, event_details::text as event_details, created_at "
                                  f"from logs where session_id = {room.id} order by created_at, log_id")
    cells = read_csv(get(room, "/logs.csv").body)[1:]
    assert [row[:4] for row in cells] == [
        [str(row["log_id"]), guarded(row["event_type"]), str(row["user_id"] or ""),
         guarded_json(row["event_details"] or "")] for row in rows]
    assert [moment(row[4]) for row in cells] == [moment(row["created_at"]) for row in rows]
    for row, cell in zip(rows, cells):
        assert row["event_details"] is None or json.loads(cell[3]) == json.loads(row["event_details"])
    lines = ndjson(get(room, "/logs.ndjson").body)
    assert [line["event_details"] for line in lines] == [
        row["event_details"] and json.loads(row["event_details"]) for row in rows]


@pytest.mark.parametrize("count", [0, PAGE - 2, PAGE - 1, PAGE, 2 * PAGE - 1, 2 * PAGE, 2 * PAGE + 88])
def test_pages_have_no_seams(server, room, count):
    """Entries of one moment stand on both sides of a page's end."""
    put_rows(server, room, count, step="0")
    ids = [row["log_id"] for row in rows_of(server, room)]
    assert len(ids) == count + 1
    assert [line["log_id"] for line in ndjson(get(room, "/logs.ndjson").body)] == ids
    assert [int(row[0]) for row in read_csv(get(room, "/logs.csv").body)[1:]] == ids


@pytest.mark.parametrize("rest", ["/logs.csv", "/logs.ndjson"])
def test_continued_it_is_the_same_to_the_byte(server, room, rest):
    put_rows(server, room, 2 * PAGE + 40)
    ids = [row["log_id"] for row in rows_of(server, room)]
    whole = get(room, rest).body
    lines = whole.split(b"\r\n" if rest == "/logs.csv" else b"\n")[:-1]
    end = b"\r\n" if rest == "/logs.csv" else b"\n"
    head = lines[:1] if rest == "/logs.csv" else []
    for got in (1, 7, PAGE - 1, PAGE, PAGE + 1, len(ids) - 1, len(ids)):
        begun = end.join(lines[: got + len(head)]) + end
        answer = get(room, rest, after=ids[got - 1])
        assert begun + answer.body == whole, got
        if rest == "/logs.csv":
            assert answer.header("content-type") == "text/csv; charset=utf-8; header=absent"
    assert (b"" if not head else head[0] + end) + get(room, rest, after=0).body == whole


@pytest.mark.parametrize("rest", ["/logs.csv", "/logs.ndjson"])
def test_filter(server, room, rest):
    put_rows(server, room, 3000)
    wanted = [row["log_id"] for row in rows_of(server, room) if row["event_type"] == "hand_raised"]

    def ids(answer):
        rows = ndjson(answer.body) if rest == "/logs.ndjson" else read_csv(answer.body)
        return [row["log_id"] if isinstance(row, dict) else int(row[0]) for row in rows if row[:1] != ["log_id"]] \
            if rest == "/logs.csv" else [row["log_id"] for row in rows]

    assert ids(get(room, rest, event_type="hand_raised")) == wanted and len(wanted) == 300
    assert ids(get(room, rest, event_type="hand_raised", after=wanted[100])) == wanted[101:]
    other = next(row["log_id"] for row in rows_of(server, room) if row["log_id"] > wanted[100])
    assert ids(get(room, rest, event_type="hand_raised", after=other)) == wanted[101:], "a cursor of another type"
    assert ids(get(room, rest, event_type="HAND_RAISED")) == []
    assert get(room, rest, event_type="x' or '1'='1").status == 200


def test_bounds_of_the_query(api, room):
    other = Room(api, room.teacher)
    foreign = other.logs()[0]["log_id"]
    for rest in ("/logs.csv", "/logs.ndjson"):
        for after in ("-1", "x", "1.5", "2147483648", ABSENT, foreign):
            assert ["query", "after"] in loc_of(get(room, rest, after=after)), after
        assert ["query", "event_type"] in loc_of(get(room, rest, event_type="x" * 51))
        assert get(room, rest, event_type="x" * 50).status == 200


def test_entries_longer_than_a_piece(server, room):
    put_rows(server, room, 3, details="jsonb_build_object('message', repeat('=\";,', 200000))")
    lines = ndjson(get(room, "/logs.ndjson").body)
    assert [line["event_details"]["message"] == '=";,' * 200000 for line in lines[:3]] == [True] * 3
    rows = read_csv(get(room, "/logs.csv").body)
    assert [json.loads(row[3])["message"] == '=";,' * 200000 for row in rows[1:4]] == [True] * 3


def test_one_byte_order_mark_before_each_table_and_none_elsewhere(server, room):
    """A spreadsheet takes a table without one for a text of its old code page."""
    put_rows(server, room, 2 * PAGE + 40)
    room.join(room.student("Zoë Śmiałek"))
    mark, ids = b"\xef\xbb\xbf", [row["log_id"] for row in rows_of(server, room)]
    for query in ({}, {"event_type": "hand_raised"}, {"event_type": "nothing_of_the_kind"}):
        table = get(room, "/logs.csv", **query).body
        assert table.startswith(mark + b"log_id,") and table.count(mark) == 1, query
    for after in (0, ids[3], ids[-1]):
        assert mark not in get(room, "/logs.csv", after=after).body, "what is put behind another part has none"
    table = get(room, "/attendance.csv")
    assert table.body.startswith(mark + b"participant_id,") and table.body.count(mark) == 1
    assert "Zoë Śmiałek".encode() in table.body and table.header("content-type").startswith("text/csv; charset=utf-8")
    for rest in ("/logs.ndjson", "/attendance"):
        assert mark not in get(room, rest).body


@pytest.mark.parametrize("rest", FILES)
def test_head(room, rest):
    with room.api.connect() as connection:
        query = {"user_id": room.teacher.id}
        head = connection.request("HEAD", room.path(rest), query)
        body = connection.request("GET", room.path(rest), query)
        assert (head.status, body.status) == (200, 200)
        for name in ("content-type", "content-disposition"):
            assert head.header(name) == body.header(name)


def test_a_kept_connection_takes_file_after_file(server, room):
    put_rows(server, room, 1000)
    with room.api.connect() as connection:
        first = connection.request("GET", room.path("/logs.csv"), {"user_id": room.teacher.id})
        again = connection.request("GET", room.path("/logs.csv"), {"user_id": room.teacher.id})
        assert first.body == again.body and len(read_csv(first.body)) == 1002
        assert connection.request("GET", room.path("/attendance"), {"user_id": room.teacher.id}).status == 200


# ---- long logs, slow readers, failures ----

class Download:
    """A download that is read as slowly as the test wants."""

    def __init__(self, room, rest="/logs.ndjson"):
        self.connection = room.api.connect(timeout=60)
        self.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        target = target_of(room.path(rest), {"user_id": room.teacher.id})
        self.connection.send(request_bytes("GET", target, self.connection.host, {}, None, None))

    def begin(self):
        """Reads something of the body."""
        deadline = time.monotonic() + self.connection.timeout
        while b"created_at" not in self.connection.buffer:
            self.connection._more(deadline)

    def rest(self):
        return self.connection.answer()

    def close(self):
        self.connection.close()


def memory(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) * 1024


def test_a_long_log_in_constant_memory(start_server):
    """100,000 entries, 60 MB, to one who reads on and one who does not, who holds no transaction meanwhile."""
    server = start_server(environment={"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:quarantine_size_mb=1"})
    room = Room(server.api)
    put_rows(server, room, 100_000, details="jsonb_build_object('n', g, 'message', repeat('x', 500))")
    get(room, "/logs.ndjson", event_type="hand_raised")
    before = memory(server)
    slow = Download(room)
    slow.begin()
    sizes, most = [], 0
    for rest in ("/logs.csv", "/logs.ndjson"):
        with room.api.connect(timeout=120) as connection:
            answer = connection.request("GET", room.path(rest), {"user_id": room.teacher.id})
            most = max(most, memory(server))
            sizes.append((answer.body.count(b"\n"), len(answer.body)))
    assert [count for count, _ in sizes] == [100_002, 100_001] and min(size for _, size in sizes) > 55_000_000
    assert most - before < 24_000_000, f"{(most - before) / 1e6} MB more"
    open_transactions = ("select count(*) from pg_stat_activity where application_name like 'lectern slow%' "
                         "and xact_start is not null")
    wait_until(lambda: server.database().text(open_transactions) == "0", what="no transaction")
    assert ok(server.api.get(room.path("/logs"), room.teacher))["total_logs"] == 100
    lines = ndjson(slow.rest().body)
    assert [line["event_details"]["n"] for line in lines[:-1]] == list(range(1, 100_001))
    slow.close()


def test_what_comes_meanwhile_is_left_for_the_next(server, room):
    put_rows(server, room, 40_000, details="jsonb_build_object('message', repeat('x', 300))")
    before = [row["log_id"] for row in rows_of(server, room)]
    slow = Download(room)
    slow.begin()
    for turn in range(5):
        room.act(room.teacher, "chat", text=f"later {turn}")
    answer = slow.rest()
    assert [line["log_id"] for line in ndjson(answer.body)] == before
    later = get(room, "/logs.ndjson", after=before[-1])
    assert [line["event_details"]["message"] for line in ndjson(later.body)] == [f"later {turn}" for turn in range(5)]
    assert answer.body + later.body == get(room, "/logs.ndjson").body
    slow.close()


def test_a_reader_who_keeps_up_misses_nothing(server, room):
    """Downloads one behind the other's last entry while many write."""
    writers = [room.student() for _ in range(6)]

    def write(who):
        with room.api.connect() as connection:
            for _ in range(60):
                answer = connection.request("POST", room.path("/action"), {"user_id": who.id}, json={"type": "raise_hand"})
                assert answer.status == 200, answer

    for who in writers:
        room.join(who)
    read, cursor = [], 0
    with ThreadPoolExecutor(len(writers)) as pool:
        writing = [pool.submit(write, who) for who in writers]
        over = False
        while not over:
            over = all(one.done() for one in writing)
            rows = ndjson(get(room, "/logs.ndjson", after=cursor).body)
            read += [row["log_id"] for row in rows]
            cursor = read[-1]
    assert [one.result() for one in writing] == [None] * len(writers)
    assert read == [row["log_id"] for row in rows_of(server, room)] and len(read) == 1 + 6 + 360


def test_a_reader_who_goes_away(server, room):
    put_rows(server, room, 20_000, details="jsonb_build_object('message', repeat('x', 300))")
    for _ in range(5):
        slow = Download(room)
        slow.begin()
        slow.close()
    assert len(ndjson(get(room, "/logs.ndjson").body)) == 20_001


def test_a_session_that_is_deleted_under_the_reader(server, room):
    put_rows(server, room, 40_000, details="jsonb_build_object('message', repeat('x', 300))")
    slow = Download(room)
    slow.begin()
    server.database().text(f"delete from sessions where session_id = {room.id}")
    with pytest.raises((End, ConnectionResetError)):
        slow.rest()
    slow.close()


def test_the_database_goes_away(cluster):
    """In the middle the body is seen to be incomplete; before its first byte there is an honest status."""
    server = outside_server(cluster, "--write-wait", 300)
    server.database = lambda: cluster.database
    try:
        server.start()
        room = Room(server.api)
        put_rows(server, room, 40_000, details="jsonb_build_object('message', repeat('x', 300))")
        slow = Download(room)
        slow.begin()
        cluster.stop()
        with pytest.raises((End, ConnectionResetError)):
            slow.rest()
        slow.close()
        for rest in FILES:
            answer = get(room, rest)
            assert answer.status == 503 and answer.header("retry-after"), answer
        cluster.start()
        wait_until(lambda: get(room, "/logs.csv").status == 200, what="a whole log again")
        assert len(read_csv(get(room, "/logs.csv").body)) == 40_002
        server.stop()
    finally:
        server.remove()


# ---- ended sessions ----

def ended(room, **query):
    return ok(room.api.get("/sessions/ended", room.teacher, query=query))


def test_ended_sessions(api, room, student):
    assert ended(room) == []
    rooms = [Room(api, room.teacher, f"Class {n}") for n in range(5)]
    foreign = Room(api)
    for one_room in (*rooms, foreign):
        ok(one_room.end())
    told = ended(room)
    assert [one["session_id"] for one in told] == [one.id for one in reversed(rooms)]
    assert set(told[0]) == {"session_id", "title", "is_active", "created_by", "created_at", "ended_at", "participant_count",
                            "teacher_name"}
    assert told[0] == {**rooms[-1].created, "is_active": False, "ended_at": told[0]["ended_at"],
                       "teacher_name": room.teacher.name}
    assert all(is_stamp(one["ended_at"]) for one in told)
    assert ended(room, limit=2) == told[:2]
    assert ended(room, limit=2, before=told[1]["session_id"]) == told[2:4]
    assert ended(room, before=told[-1]["session_id"]) == []
    assert room.id not in [one["session_id"] for one in told], "a running one"
    refused(api.get("/sessions/ended", student), 403, "Teacher role required")
    refused(api.get("/sessions/ended"), 400, "user_id query param required for dev auth (e.g. user_id=5)")


@pytest.mark.parametrize("name, value", [("limit", 0), ("limit", 201), ("limit", "x"), ("before", "x"),
                                         ("before", TOO_BIG)])
def test_ended_sessions_have_bounds(api, room, name, value):
    assert ["query", name] in loc_of(api.get("/sessions/ended", room.teacher, query={name: value}))


def test_the_default_page_of_ended_sessions(server, room):
    server.database().text(f"insert into sessions (title, created_by, is_active, ended_at) select 'Old', "
                           f"{room.teacher.id}, false, now() at time zone 'utc' from generate_series(1, 60)")
    assert len(ended(room)) == 50 and len(ended(room, limit=200)) == 60


# ---- the document ----

def test_the_document_names_the_forms(api):
    paths = ok(api.get("/openapi.json"))["paths"]
    for rest, content in (("/logs.csv", "text/csv"), ("/logs.ndjson", "application/x-ndjson"),
                          ("/attendance.csv", "text/csv"), ("/attendance", "application/json")):
        operation = paths["/sessions/{session_id}" + rest]["get"]
        assert list(operation["responses"]["200"]["content"]) == [content]
        assert operation["responses"]["404"]["content"] and operation["summary"]
    assert "get" in paths["/sessions/ended"]
