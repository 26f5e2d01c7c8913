"""Connections as an operator sees them: who is there and how they do, the end of one, and why they ended."""
import pytest

from admin import Operator, Refused
from classroom import Room, ok
from client import Stream, consecutive, wait_until
from ends import end_of, gone, name_of, row_of
from managed import Frozen, thread_of

HELLO = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


def half_uploaded(api, who, size=200_000):
    head = (b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--b\r\n'
            b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n')
    connection = api.connect()
    connection.send(f"POST /audio/upload?user_id={who.id} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                    f"Content-Length: {size}\r\n\r\n".encode() + head + b"x" * 5000)
    return connection


# --- who is there


def test_each_kind_of_connection(admin, api, room):
    student, teacher = room.student(), room.teacher
    stream = room.stream(student)
    idle, new, half = api.connect(), api.connect(), api.connect()
    assert idle.request("GET", "/sessions/active", {"user_id": student.id, "secret": "told"}).status == 200
    half.send(HELLO[:20])
    upload = half_uploaded(api, teacher)
    shown = lambda one: row_of(admin, one.socket)
    wait_until(lambda: (row := shown(upload)) and row["in_bytes"] > 5000, what="a part of an upload")
    wait_until(lambda: shown(half)["state"] == "head", what="half a head")
    row = shown(stream)
    assert (row["kind"], row["state"], row["user_id"], row["room"]) == ("sse", "stream", student.id, room.id)
    assert row["doing"].startswith("GET /sse/sessions/{") and row["out_bytes"] > 100 and row["requests"] == 1
    row = shown(idle)
    assert (row["kind"], row["state"], row["user_id"], row["room"], row["doing"]) == ("http", "idle", student.id, None, None)
    row = shown(new)
    assert (row["kind"], row["state"], row["user_id"], row["requests"], row["in_bytes"]) == ("new", "idle", None, 0, 0)
    row = shown(upload)
    assert (row["kind"], row["state"], row["user_id"], row["doing"]) == ("upload", "body", teacher.id, "POST /audio/upload")
    detail = admin("conn", shown(idle)["id"])
    assert detail["last"] == "GET /sessions/active" and detail["area"] == "classroom"
    assert "told" not in str(admin("conns")) + str(detail)
    for one in (stream, idle, new, half, upload):
        one.close()


def test_names_are_stable_and_never_used_again(admin, api):
    seen = set()
    for _ in range(20):
        with api.connect() as connection:
            row = wait_until(lambda: row_of(admin, connection.socket), what="a connection")
            assert row["id"].startswith(f"{row['worker']}-") and row["id"] not in seen
            assert connection.request("GET", "/livez").status == 200
            assert row_of(admin, connection.socket)["id"] == row["id"]
            seen.add(row["id"])


def test_ranking(start_server):
    server = start_server()
    operator = Operator(server)
    talkers = []
    for asked in range(6):
        talkers.append(server.api.connect())
        for _ in range(asked):
            assert talkers[-1].request("GET", "/livez").status == 200
        wait_until(lambda: row_of(operator, talkers[-1].socket), what="the connection")
    names = [name_of(one.socket) for one in talkers]
    rows = operator("conns", "--by", "bytes")
    assert [row["peer"] for row in rows] == names[::-1]
    assert [row["in_bytes"] + row["out_bytes"] for row in rows] == sorted((r["in_bytes"] + r["out_bytes"] for r in rows), reverse=True)
    assert [row["requests"] for row in rows] == [5, 4, 3, 2, 1, 0]
    ages = [row["age_s"] for row in operator("conns", "--by", "age")]
    assert ages == sorted(ages, reverse=True) and len(ages) == 6
    assert [row["peer"] for row in operator("conns", "--top", 2, "--by", "bytes")] == names[:3:-1]
    for one in talkers:
        one.close()
    wait_until(lambda: operator("conns") == [], what="an empty server")


def test_a_thousand_at_most_and_what_is_left_off(start_server):
    server = start_server()
    operator = Operator(server)
    many = [server.api.connect() for _ in range(1010)]
    wait_until(lambda: sum(row["connections"] for row in operator("workers")) == 1010, what="1010 connections")
    rows = operator("conns")
    assert len(rows) == 1000 and len({row["id"] for row in rows}) == 1000
    assert "10 more" in server.admin("conns").stdout + server.admin("conns").stderr
    for one in many:
        one.close()


def test_the_connections_of_a_person(admin, room):
    mine, other = room.student(), room.student()
    streams = [room.stream(mine), room.stream(other), room.stream(mine)]
    rows = admin("conns", "--user", mine.id)
    assert {row["peer"] for row in rows} == {name_of(streams[0].socket), name_of(streams[2].socket)}
    for stream in streams:
        stream.close()


def test_a_reader_that_does_not_read(admin, room):
    student = room.student()
    slow = room.stream(student, receive_buffer=4096)
    told = 0
    poster = room.api.connect()

    def more():
        """Bytes that wait, after some more have been said."""
        nonlocal told
        for _ in range(40):
            said = {"type": "chat", "text": f"{told} " + "x" * 1900}
            ok(poster.request("POST", room.path("/action"), {"user_id": room.teacher.id}, json=said))
            told += 1
        return row_of(admin, slow.socket)["pending_bytes"]

    first = wait_until(more, timeout=90, interval=0, what="bytes that wait")
    wait_until(lambda: more() > first + 20_000, timeout=90, interval=0, what="more of them")
    assert admin("conns", "--by", "pending", "--top", 1)[0]["peer"] == name_of(slow.socket)
    detail = admin("conn", row_of(admin, slow.socket)["id"])
    assert detail["pending_bytes"] > 20_000 and detail["unacknowledged_bytes"] > 0 and detail["pending_limit_bytes"] > 0
    assert detail["tcp_rtt_us"] > 0 and detail["tcp_unsent_bytes"] > 0 and detail["tcp_state"] == 1
    slow.until(lambda frame: frame.event == "chat" and frame.data["text"].startswith(f"{told - 1} "))
    wait_until(lambda: row_of(admin, slow.socket)["pending_bytes"] == 0, what="a reader that has caught up")
    consecutive(slow.seen)
    slow.close()
    poster.close()


# --- the end of one


def test_kill_of_an_idle_one(admin, api):
    connection = api.connect()
    assert connection.request("GET", "/livez").status == 200
    row, name = row_of(admin, connection.socket), name_of(connection.socket)
    assert admin("conn", row["id"], "kill")["done"] and gone(connection.socket)
    end = end_of(admin, name)
    assert (end["id"], end["reason"], end["state"], end["requests"], end["last"]) == (row["id"], "killed", "idle", 1, "GET /livez")
    assert end["in_bytes"] > 0 and end["out_bytes"] > 0 and end["doing"] is None
    with pytest.raises(Refused, match="there is no connection"):
        admin("conn", row["id"], "kill")
    with pytest.raises(Refused, match="there is no connection"):
        admin("conn", row["id"])


def test_kill_of_a_stream_and_its_return(admin, room):
    """The room goes on, and who was cut misses nothing."""
    victim, other = room.student(), room.student()
    stream, watcher = room.stream(victim), room.stream(other)
    room.fence(stream, watcher)
    name = name_of(stream.socket)
    assert admin("conn", row_of(admin, stream.socket)["id"], "kill")["user_id"] == victim.id
    stream.rest()
    watcher.until("participant_left")
    room.act(room.teacher, "chat", text="while you were away")
    watcher.until(lambda frame: frame.event == "chat" and frame.data["text"] == "while you were away")
    again = Stream(room.api, room.id, victim, last_id=stream.last_id)
    again.until(lambda frame: frame.event == "chat" and frame.data["text"] == "while you were away")
    consecutive([frame for frame in stream.seen if frame.id] + [frame for frame in again.seen if frame.id])
    end = end_of(admin, name)
    assert (end["reason"], end["kind"], end["user_id"], end["room"]) == ("killed", "sse", victim.id, room.id)
    assert end["doing"].startswith("GET /sse/sessions/{")
    again.close()
    watcher.close()


def test_kill_of_a_half_uploaded_one(admin, api, teacher):
    upload = half_uploaded(api, teacher)
    row = wait_until(lambda: (r := row_of(admin, upload.socket)) and r["kind"] == "upload" and r, what="an upload")
    name = name_of(upload.socket)
    detail = admin("conn", row["id"])
    assert 0 < detail["body_bytes"] < 200_000 < detail["body_limit_bytes"] and detail["deadline"] == "request"
    admin("conn", row["id"], "kill")
    assert gone(upload.socket)
    assert (end_of(admin, name)["state"], end_of(admin, name)["doing"]) == ("body", "POST /audio/upload")
    assert ok(api.get("/audio/list", teacher)) == []


def test_a_kill_is_audited_and_not_for_viewers(start_server, tmp_path):
    server = start_server("--viewer-socket", tmp_path / "v")
    operator, viewer = Operator(server), Operator(server, "--admin-socket", tmp_path / "v")
    connection = server.api.connect()
    row = wait_until(lambda: row_of(viewer, connection.socket), what="a connection")
    assert viewer("conn", row["id"])["id"] == row["id"] and viewer("closed", "reasons")
    with pytest.raises(Refused, match="viewer"):
        viewer("conn", row["id"], "kill")
    assert connection.request("GET", "/livez").status == 200
    operator("conn", row["id"], "kill")
    kept = wait_until(lambda: server.database().rows("select * from operations.audit"), what="a row of the audit")
    assert [(one["command"], one["arguments"], one["failed"]) for one in kept] == [("conn", f"{row['id']} kill", None)]


@pytest.mark.parametrize("words", [["conn", "7"], ["conn", "0-"], ["conn", "0-x"], ["conn", "0-1x"], ["conn", "999-1"], ["conn", "-1-1"],
                                   ["conn", "0-0", "kill"], ["conn", "0-c", "kill"]], ids=" ".join)
def test_what_is_no_name(admin, words):
    with pytest.raises(Refused, match="is called as `conns` does"):
        admin(*words)


def test_what_is_no_reason(admin):
    with pytest.raises(Refused, match="no reason is called"):
        admin("closed", "--reason", "boredom")


def test_while_a_worker_stands_still(start_server):
    server = start_server("--workers", 2)
    operator = Operator(server)
    many = [server.api.connect() for _ in range(32)]
    rows = wait_until(lambda: len(r := operator("conns")) == 32 and r, what="all connections")
    assert {row["worker"] for row in rows} == {0, 1}
    stuck = next(row for row in rows if row["worker"] == 1)
    with Frozen(thread_of(server.process.pid, "worker-1")):
        done = server.admin("conns")
        assert "worker 1" in done.stdout + done.stderr
        assert {row["worker"] for row in operator("conns")} == {0}
        for words in (["conn", stuck["id"]], ["conn", stuck["id"], "kill"]):
            with pytest.raises(Refused, match="worker 1, which has to be asked, does not answer"):
                operator(*words)
    for one in many:
        one.close()
