"""What a browser's EventSource and its stand-ins need of a stream: no status but 200 whatever passes, a word instead of a refusal, the
last id in their spelling, and no chunks over HTTP/1.0. Contract: classroom, section 9.1."""
import http.client
import json
import socket

import pytest

from classroom import ABSENT, Room, hears_only, ok, person, refused
from client import End, SseReader, consecutive, wait_until
from launch import outside_server
from test_sse import pid_of

EVENTS = {"Accept": "text/event-stream"}


def get(api, target, headers=EVENTS, version="1.1"):
    """The head and the whole body of an answer that ends with its connection, byte by byte."""
    lines = [f"GET {target} HTTP/{version}", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    with socket.create_connection((api.host, api.port), 15) as raw:
        raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = http.client.HTTPResponse(raw)
        answer.begin()
        body = answer.read()
        assert raw.recv(1) == b"", "the connection goes on"
        return answer, body


def path_of(room, who, more=""):
    return f"/sse/sessions/{room.id}?user_id={who.id}{more}"


def comes_back(answer, body):
    """It ends at once, says when to come back, and nothing else."""
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache" and answer.headers["Retry-After"] is None
    name, wait, *rest = body.decode().split()
    assert (name, rest) == ("retry:", []) and body.endswith(b"\n\n") and 2000 <= int(wait) <= 3000


# --- a word instead of a refusal


@pytest.mark.parametrize("resumed", [False, True])
def test_who_was_kicked_is_told(room, student, resumed):
    stream = room.stream(student)
    ok(room.kick(pid_of(stream)))
    stream.rest()
    before = room.log_types()
    told = hears_only(room, student, last_id=stream.last_id if resumed else None)
    assert told == {"type": "kicked", "reason": "Removed by teacher"}
    assert room.log_types() == before
    ok(room.api.post(room.path("/join"), room.teacher, form={"user_id": student.id}))
    room.stream(student).close()


@pytest.mark.parametrize("end", ["delete", "action"])
def test_who_comes_after_the_end_is_told(room, student, end):
    stream, kicked, stranger = room.stream(student), room.student(), room.student()
    ok(room.kick(room.join(kicked)))
    ok(room.end()) if end == "delete" else room.act(room.teacher, "end_session")
    stream.rest()
    before = room.log_types()
    for who in (student, kicked, stranger, room.teacher):
        assert hears_only(room, who) == {"type": "session_ended"}
        assert hears_only(room, who, last_id=stream.last_id) == {"type": "session_ended"}
    assert room.log_types() == before


@pytest.mark.parametrize("accept", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}])
def test_a_stream_is_a_stream_whatever_is_accepted(room, student, accept):
    ok(room.end())
    answer, body = get(room.api, path_of(room, student), accept)
    assert answer.status == 200 and body == b'event: session_ended\ndata: {"type":"session_ended"}\n\n'


def test_what_is_over_is_over_after_a_restart(start_server):
    server = start_server()
    room = Room(server.api)
    student, other = room.student(), Room(server.api, room.teacher)
    stream = room.stream(student)
    ok(room.kick(pid_of(stream)))
    stream.rest()
    ok(other.end())
    server.kill()
    server.start()
    assert hears_only(room, student)["type"] == "kicked"
    assert hears_only(room, student, last_id=stream.last_id)["type"] == "kicked"
    assert hears_only(other, student)["type"] == "session_ended"


def test_other_refusals_stay(room, student):
    refused(room.api.get(f"/sse/sessions/{ABSENT}", student, headers=EVENTS), 404, "Session not found")
    refused(room.api.get(f"/sse/sessions/{room.id}", ABSENT, headers=EVENTS), 404, "User not found")
    assert room.api.get(f"/sse/sessions/{room.id}", token="a.b.c", headers=EVENTS).status == 401
    assert room.api.get(f"/sse/sessions/{room.id}", student, token=person(room.api).token, headers=EVENTS).status == 403
    assert room.api.get(f"/sse/sessions/{room.id}", headers=EVENTS).status == 422
    assert room.api.get(f"/sse/sessions/{room.id}?user_id=x", headers=EVENTS).status == 422
    assert room.api.post(f"/sse/sessions/{room.id}", student, headers=EVENTS).status == 405


# --- what passes


@pytest.fixture(scope="module")
def drained(start_module_server):
    server = start_module_server()
    room = Room(server.api)
    student = room.student()
    server.admin("drain")
    return room, student


@pytest.mark.parametrize("accept", ["text/event-stream", "TEXT/Event-Stream", "application/json, text/event-stream;q=0.5",
                                    "text/event-stream; charset=utf-8"])
def test_drained_an_event_source_comes_back(drained, accept):
    room, student = drained
    comes_back(*get(room.api, path_of(room, student), {"Accept": accept, "Last-Event-ID": "1-1"}))
    comes_back(*get(room.api, f"/m/classroom{path_of(room, student)}", {"Accept": accept}))


@pytest.mark.parametrize("accept", [{}, {"Accept": "application/json"}, {"Accept": "*/*"}, {"Accept": "text/event-stream;q=0"},
                                    {"Accept": "text/event-streams"}])
def test_drained_others_get_the_status(drained, accept):
    room, student = drained
    answer, body = get(room.api, path_of(room, student), accept)
    assert answer.status == 503 and answer.headers["Retry-After"] and json.loads(body)["detail"]


def test_drained_what_is_no_stream_is_refused_to_an_event_source_too(drained):
    room, student = drained
    for path in (f"/sessions/active?user_id={student.id}", "/nothing", f"/sessions/{room.id}/state"):
        assert get(room.api, path)[0].status == 503
    with room.api.connect() as connection:
        answer = connection.request("HEAD", path_of(room, student), headers=EVENTS)
        assert answer.status == 200 and answer.header("content-type") == "text/event-stream; charset=utf-8"


def test_drained_it_may_be_read_from_another_origin(drained):
    room, student = drained
    answer, _ = get(room.api, path_of(room, student), {**EVENTS, "Origin": "https://a.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example"


def test_without_the_database(cluster):
    """Whether or not the person and the room are known already; and it goes on when the database is back."""
    server = outside_server(cluster, "--write-wait", 300, "--answer-timeout", 1).start()
    try:
        room = Room(server.api)
        known, unknown, ended = room.student(), room.student(), Room(server.api, room.teacher)
        room.stream(known).close()
        ok(ended.end())
        cluster.stop()
        for where, who in ((room, known), (room, unknown), (ended, known)):
            comes_back(*get(server.api, path_of(where, who)))
            assert get(server.api, path_of(where, who), {"Accept": "application/json", "Connection": "close"})[0].status == 503
        cluster.start()
        wait_until(lambda: b"session_ended" in get(server.api, path_of(ended, known))[1], what="the database is back")
    finally:
        server.remove()


def test_over_a_cap_an_event_source_comes_back(start_server):
    for option in ("--max-connections", "--max-per-address"):
        server = start_server(option, 2, workers=1)
        kept = [server.api.connect() for _ in range(2)]
        assert [one.request("GET", "/livez").status for one in kept] == [200, 200]
        comes_back(*get(server.api, "/sse/sessions/1?user_id=1"))
        for headers in ({}, {"Accept": "application/json"}):
            assert get(server.api, "/sse/sessions/1?user_id=1", headers)[0].status == 503
        assert get(server.api, "/livez")[0].status == 503
        assert get(server.api, "nonsense")[0].status == 400
        for one in kept:
            one.close()


# --- the last id


def resumes(room, who, more="", header=None):
    """Whether a stream that is asked for so is told what was missed, got a reset, or began afresh."""
    reader, frames = SseReader(), []
    lines = [f"GET {path_of(room, who, more)} HTTP/1.1", "Host: x", *([f"Last-Event-ID: {one}" for one in header or []])]
    with socket.create_connection((room.api.host, room.api.port), 15) as raw:
        raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while len(frames) < 3:
            frames += reader.feed(raw.recv(65536))
            events = [frame.event for frame in frames]
            if "session_state" in events:
                break
        if frames[-1].event == "session_state" and frames[-1].id:
            return "reset" if "reset" in events else "afresh"
        while "resumed" not in [frame.event for frame in frames]:
            frames += reader.feed(raw.recv(65536))
        return [frame.data["text"] for frame in frames if frame.event == "chat"]


@pytest.fixture(scope="module")
def talked(shared):
    """A room in which four words were said, a listener, and the id before each of them."""
    room = Room(shared.api)
    student, ids = room.student(), []
    with room.stream(room.student()) as stream:
        for word in "abcd":
            ids.append(stream.last_id)
            room.act(room.teacher, "chat", text=word)
            stream.until("chat")
    return room, student, ids


@pytest.mark.parametrize("name", ["lastEventId", "lastEventID", "lasteventid", "last_event_id", "last-event-id", "Last-Event-ID",
                                  "Last-Event-Id", "LastEventId", "evs_last_event_id"])
def test_each_spelling_resumes(talked, name):
    room, student, ids = talked
    assert resumes(room, student, f"&{name}={ids[2]}") == ["c", "d"]


@pytest.mark.parametrize("name", ["last", "eventId", "lastEventIds", "xlastEventId", "lastEventId%00", "event_last_id", "evs"])
def test_other_names_do_not(talked, name):
    room, student, ids = talked
    assert resumes(room, student, f"&{name}={ids[2]}") == "afresh"


def test_the_last_occurrence_counts(talked):
    room, student, (a, b, c, d) = talked
    assert resumes(room, student, f"&lastEventId={a}&lastEventId={d}") == ["d"]
    assert resumes(room, student, f"&lastEventId={d}&lastEventId={b}") == ["b", "c", "d"]
    assert resumes(room, student, f"&last_event_id={a}&lastEventId={d}") == ["d"]
    assert resumes(room, student, f"&lastEventId={a}&evs_last_event_id={c}&x=1") == ["c", "d"]
    assert resumes(room, student, f"&lastEventId={c}&lastEventId=") == ["c", "d"]
    assert resumes(room, student, "&lastEventId=") == "afresh"
    assert resumes(room, student, f"&lastEventId={c}&lastEventId=what") == "reset"


def test_the_last_header_counts(talked):
    room, student, (a, b, c, d) = talked
    assert resumes(room, student, header=[a, d]) == ["d"]
    assert resumes(room, student, header=[d, b]) == ["b", "c", "d"]
    assert resumes(room, student, header=[c, ""]) == ["c", "d"]
    assert resumes(room, student, header=[f"{a}, {d}"]) == ["d"]
    assert resumes(room, student, header=[""]) == "afresh"


def test_of_header_and_query_the_one_further_on_counts(talked):
    room, student, (a, b, c, d) = talked
    assert resumes(room, student, f"&lastEventId={a}", [d]) == ["d"]
    assert resumes(room, student, f"&lastEventId={d}", [a]) == ["d"]
    assert resumes(room, student, "&lastEventId=what", [d]) == ["d"]
    assert resumes(room, student, f"&lastEventId={d}", ["what"]) == ["d"]
    assert resumes(room, student, f"&lastEventId={d}", [""]) == ["d"]
    assert resumes(room, student, "&lastEventId=", [d]) == ["d"]
    assert resumes(room, student, "&lastEventId=", ["what"]) == "reset"


# --- HTTP/1.0, which knows no chunks


def test_a_stream_over_http_1_0_ends_with_its_connection(room, student):
    reader, seen = SseReader(), []

    def until(raw, event):
        while event not in [frame.event for frame in seen]:
            seen.extend(reader.feed(raw.recv(65536)))

    for more in ("", "Connection: keep-alive\r\n"):
        reader, seen = SseReader(), []
        with socket.create_connection((room.api.host, room.api.port), 15) as raw:
            raw.sendall(f"GET {path_of(room, student)} HTTP/1.0\r\n{more}\r\n".encode())
            until(raw, "session_state")
            assert reader.status == 200 and reader.header("transfer-encoding") is None
            assert reader.header("connection") == "close" and reader.header("content-length") is None
            room.act(room.teacher, "chat", text="over the old wire")
            until(raw, "chat")
            if more:
                ok(room.kick(seen[0].data["participant_id"]))
                until(raw, "kicked")
                assert raw.recv(1) == b""
            assert [frame.event for frame in seen] == ["connected", "session_state", "chat", *(["kicked"] if more else [])]
            consecutive(seen)


def test_a_slow_reader_over_http_1_0_gets_all_of_it(room, student):
    """Through the backlog too, which is sent otherwise than what the socket takes at once."""
    first = room.stream(student)
    room.fence(first)
    first.close()
    for turn in range(150):
        room.act(room.teacher, "chat", text=f"{turn} " + "y" * 1900)
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(15)
        raw.connect((room.api.host, room.api.port))
        raw.sendall(f"GET {path_of(room, student)} HTTP/1.0\r\nLast-Event-ID: {first.last_id}\r\n\r\n".encode())
        reader, frames = SseReader(), []
        while "resumed" not in [frame.event for frame in frames[-1:]]:
            frames += reader.feed(raw.recv(4096))
    assert [frame.data["text"].split()[0] for frame in frames if frame.event == "chat"] == [str(turn) for turn in range(150)]
    consecutive(frames)


@pytest.mark.parametrize("keep", [{}, {"Connection": "keep-alive"}])
def test_bodies_over_http_1_0(room, student, drained, keep):
    room.act(room.teacher, "chat", text="to be read")
    for kind in ("csv", "ndjson"):
        answer, body = get(room.api, f"/sessions/{room.id}/logs.{kind}?user_id={room.teacher.id}", keep, "1.0")
        chunked, whole = get(room.api, f"/sessions/{room.id}/logs.{kind}?user_id={room.teacher.id}", {"Connection": "close"})
        assert answer.status == 200 and answer.headers["Transfer-Encoding"] is None and answer.headers["Connection"] == "close"
        assert chunked.headers["Transfer-Encoding"] == "chunked" and b"to be read" in body and body == whole
    away, who = drained
    answer, body = get(away.api, path_of(away, who), {**EVENTS, **keep}, "1.0")
    assert answer.headers["Transfer-Encoding"] is None
    comes_back(answer, body)
    ok(room.end())
    answer, body = get(room.api, path_of(room, student), keep, "1.0")
    assert body == b'event: session_ended\ndata: {"type":"session_ended"}\n\n' and answer.headers["Transfer-Encoding"] is None


def test_what_has_a_length_keeps_an_http_1_0_connection(room, student):
    request = f"GET /sessions/active?user_id={student.id} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".encode()
    with room.api.connect() as connection:
        for _ in range(2):
            connection.send(request)
            answer = connection.answer()
            assert answer.status == 200 and answer.header("connection") == "keep-alive" and answer.header("transfer-encoding") is None
        connection.send(request.replace(b"Connection: keep-alive\r\n", b""))
        assert connection.answer().header("connection") == "close"
        with pytest.raises(End):
            connection.answer()
