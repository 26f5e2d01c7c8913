"""Why connections end: each reason provoked, and told as it was."""
import os
import socket
import struct

import pytest

import sounds
from admin import Operator
from classroom import Room, ok
from client import file_form, wait_until
from ends import counts, end_of, gone, name_of, row_of
from launch import HOST
from test_metrics import read

HEAD = b"Host: x\r\n"
LIVEZ = b"GET /livez HTTP/1.1\r\n" + HEAD + b"\r\n"
POST = b"POST /auth/register HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
RESET = struct.pack("ii", 1, 0)


@pytest.fixture(scope="module")
def hasty(start_module_server):
    """A server that waits for nobody and takes little."""
    return start_module_server("--request-timeout", 1, "--idle-timeout", 1, "--max-body", 2048, "--max-line", 512, "--max-headers", 2048)


def ended(server, data, answers=(), **expected):
    """A connection that sends this and waits for its end, which is as expected."""
    operator = Operator(server)
    connection = server.api.connect()
    name = name_of(connection.socket)
    connection.send(data)
    assert tuple(connection.answer().status for _ in answers) == tuple(answers)
    assert gone(connection.socket)
    connection.close()
    end = end_of(operator, name)
    assert {key: end[key] for key in expected} == expected
    return end


@pytest.mark.parametrize("reason, data, status", [
    ("client_asked", b"GET /livez HTTP/1.1\r\nConnection: close\r\n" + HEAD + b"\r\n", 200),
    ("client_asked", b"GET /livez HTTP/1.0\r\n" + HEAD + b"\r\n", 200),
    ("idle_timeout", LIVEZ, 200),
    ("header_timeout", b"GET /livez HTTP/1.1\r\nHo", 408),
    ("body_timeout", POST + b"Content-Length: 9\r\n\r\n{", 408),
    ("protocol_error", b"what is this\r\n\r\n", 400),
    ("protocol_error", POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    ("head_too_large", b"GET /" + b"x" * 600 + b" HTTP/1.1\r\n" + HEAD + b"\r\n", 414),
    ("head_too_large", b"GET / HTTP/1.1\r\n" + HEAD + b"X: " + b"x" * 3000 + b"\r\n\r\n", 431),
    ("body_too_large", POST + b"Content-Length: 4000\r\n\r\n{", 413),
    ("body_refused", b"POST /audio/upload HTTP/1.1\r\n" + HEAD + b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 900\r\n\r\n",
     400),
])
def test_what_comes_over_the_wire(hasty, reason, data, status):
    before = counts(Operator(hasty))
    ended(hasty, data, [status], reason=reason, user_id=None, pending_bytes=0)
    assert counts(Operator(hasty))[reason] > before[reason]


def test_nothing_ever_came(hasty):
    ended(hasty, b"", reason="idle_timeout", kind="new", state="idle", requests=0, in_bytes=0, out_bytes=0, last=None)


def test_the_client_goes(admin, api):
    one, two, three = api.connect(), api.connect(), api.connect()
    names = [name_of(each.socket) for each in (one, two, three)]
    for each in (one, two):
        assert each.request("GET", "/livez").status == 200
    three.send(POST + b"Content-Length: 9\r\n\r\n{")
    wait_until(lambda: row_of(admin, three.socket)["state"] == "body", what="half a body")
    two.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    for each in (one, two, three):
        each.close()
    ends = [end_of(admin, name) for name in names]
    assert [(end["reason"], end["state"]) for end in ends] == [("peer_closed", "idle"), ("peer_reset", "idle"), ("peer_closed", "body")]
    assert [end["doing"] for end in ends] == [None, None, "POST /auth/register"]


def test_the_newest_come_first_and_the_oldest_go(start_server):
    server = start_server("--workers", 1)
    operator = Operator(server)
    names = []
    for _ in range(300):
        with server.api.connect() as connection:
            names.append(name_of(connection.socket))
            assert connection.request("GET", "/livez", headers={"Connection": "close"}).status == 200
            assert gone(connection.socket)
    wait_until(lambda: counts(operator)["client_asked"] >= 300, what="all ends")
    rows = operator("closed")
    assert len(rows) == 256 and sorted(row["peer"] for row in rows) == sorted(names[-256:])
    numbers = [int(row["id"].split("-")[1]) for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert len(operator("closed", "--top", 3)) == 3
    assert operator("closed", "--reason", "idle_timeout") == [] and len(operator("closed", "--reason", "client_asked", "--top", 9)) == 9


def test_metrics_count_the_same(start_server):
    server = start_server()
    operator = Operator(server)
    with server.api.connect() as connection:
        connection.send(b"nonsense\r\n\r\n")
        assert gone(connection.socket)
    told = wait_until(lambda: (c := counts(operator))["protocol_error"] == 1 and c, what="an end")
    metrics = read(server)
    assert {reason for reason in told} == {dict(labels)["reason"] for name, labels in metrics.values
                                           if name == "lectern_connections_closed_total"}
    assert metrics.get("lectern_connections_closed_total", reason="protocol_error") == 1
    assert metrics.get("lectern_connections_closed_total", reason="killed") == 0


def test_a_reader_that_never_reads_its_answers(hasty):
    operator = Operator(hasty)
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect((hasty.api.host, hasty.api.port))
        raw.settimeout(15)
        name = name_of(raw)
        try:
            for _ in range(4000):
                raw.sendall(b"GET /openapi.json HTTP/1.1\r\n" + HEAD + b"\r\n")
        except OSError:
            pass
        end = end_of(operator, name)
    assert (end["reason"], end["state"], end["last"]) == ("write_timeout", "answer", "GET /openapi.json")
    assert end["pending_bytes"] > 0


def test_a_stream_that_is_too_far_behind(start_server):
    server = start_server("--sse-backlog", 16384)
    operator, room = Operator(server), Room(server.api)
    student = room.student()
    slow = room.stream(student, receive_buffer=4096)
    name = name_of(slow.socket)
    poster = server.api.connect()

    def cut():
        for turn in range(40):
            said = {"type": "chat", "text": f"{turn} " + "x" * 1900}
            ok(poster.request("POST", room.path("/action"), {"user_id": room.teacher.id}, json=said))
        return counts(operator)["slow_reader"]

    wait_until(cut, timeout=90, interval=0, what="a stream that is cut")
    end = end_of(operator, name)
    assert (end["reason"], end["kind"], end["state"], end["user_id"], end["room"]) == ("slow_reader", "sse", "stream", student.id, room.id)
    assert 0 < end["pending_bytes"] <= 16384 + 4096
    slow.close()
    poster.close()


def test_what_happens_to_streams(start_server):
    server = start_server()
    operator, room = Operator(server), Room(server.api)
    kicked, revoked, last = (room.student() for _ in range(3))
    streams = {who.id: room.stream(who) for who in (kicked, revoked, last)}
    names = {who: name_of(stream.socket) for who, stream in streams.items()}
    operator("room", room.id, "kick", streams[kicked.id].seen[0].data["participant_id"])
    operator("users", revoked.id, "revoke")
    streams[kicked.id].rest()
    streams[revoked.id].rest()
    operator("room", room.id, "close")
    streams[last.id].until("session_ended")
    streams[last.id].rest()
    assert [end_of(operator, names[who.id])["reason"] for who in (kicked, revoked, last)] == ["removed", "removed", "session_ended"]
    for stream in streams.values():
        stream.close()


def test_out_of_service(start_server):
    server = start_server()
    operator, room = Operator(server), Room(server.api)
    stream, idle = room.stream(room.student()), server.api.connect()
    assert idle.request("GET", "/livez").status == 200
    names = [name_of(stream.socket), name_of(idle.socket)]
    operator("drain")
    stream.rest()
    assert idle.request("GET", "/livez").header("connection") == "close" and gone(idle.socket)
    assert [end_of(operator, name)["reason"] for name in names] == ["drain", "drain"]
    stream.close()
    idle.close()


def test_over_the_caps(start_server):
    for option, reason in (("--max-connections", "too_many"), ("--max-per-address", "too_many_of_peer")):
        server = start_server(option, 2, "--workers", 1)
        kept = [server.api.connect() for _ in range(2)]
        assert [one.request("GET", "/livez").status for one in kept] == [200, 200]
        ended(server, LIVEZ, [503], reason=reason, requests=1)
        for one in kept:
            one.close()


def test_an_answer_that_cannot_be_completed(server, admin, api, teacher):
    """The file behind a download loses its end."""
    kind, body = file_form({"title": "long"}, "file", "a.wav", "audio/wav", sounds.wav(60) + b"x" * (8 << 20))
    row = ok(api.post("/audio/upload", teacher, body=body, content_type=kind))
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect((api.host, api.port))
        name = name_of(raw)
        raw.sendall(f"GET /audio/{row['audio_id']}/stream HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until(lambda: (r := row_of(admin, raw)) and r["kind"] == "download" and r, what="a download")
        os.truncate(f"{server.data}/audio/{row['file_path'].rsplit('/', 1)[-1]}", 100)
        assert gone(raw)
    end = end_of(admin, name)
    assert (end["reason"], end["kind"], end["state"]) == ("answer_failed", "download", "answer")
    assert end["doing"].startswith("GET /audio/{")


def test_the_console_s_connections_too(start_server):
    server = start_server("--console", f"{HOST}:0")
    operator = Operator(server)
    host, port = operator("info")["console"].rsplit(":", 1)
    with socket.create_connection((host, int(port)), 15) as raw:
        raw.sendall(f"GET /console/events HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        row = wait_until(lambda: (r := row_of(operator, raw)) and r["kind"] == "sse" and r, what="a stream of the console")
        name = name_of(raw)
        assert row["id"].startswith("0-c") and row["doing"] == "GET /console/events" and row["room"] is None
        assert operator("conn", row["id"])["area"] == "console"
        assert operator("conn", row["id"], "kill")["done"] and gone(raw)
    assert end_of(operator, name)["reason"] == "killed"
    with server.api.connect() as plain:
        assert row_of(operator, plain.socket)["id"].startswith(("0-", "1-"))
    assert counts(operator)["killed"] == 1
