"""Out of service and back, and the end: drain, undrain, shutdown."""
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from admin import Operator
from classroom import Room, ok
from client import Stream, consecutive, wait_until
from launch import binary

STREAMS = 12


@pytest.fixture
def own(start_server):
    server = start_server()
    return server, Operator(server), Room(server.api)


def test_drain_says_so_and_undrain_ends_it(own):
    server, admin, room = own
    assert admin("drain") == {"streams": 0, "batch": 100, "every_ms": 1000}
    answer = server.api.get("/readyz")
    assert answer.status == 503 and answer.json()["checks"]["not_draining"] is False
    assert server.api.get("/livez").status == 200 and server.api.get("/health").status == 200
    wait_until(lambda: admin("info")["state"] == "drained", what="the state")
    refused = server.api.get("/sessions/active", room.teacher)
    assert refused.status == 503 and refused.header("retry-after") and refused.header("connection") == "close"
    assert server.api.post("/sessions", room.teacher, json={"title": "A new one"}).status == 503
    admin("drain", "--batch", 5)  # again is fine
    assert admin("undrain") == {"streams": 0}
    assert server.api.get("/readyz").status == 200
    wait_until(lambda: admin("info")["state"] == "serving", what="the state")
    assert ok(server.api.get("/sessions/active", room.teacher))


def test_a_connection_that_is_there_gets_one_more_answer(own):
    server, admin, room = own
    with server.api.connect() as there:
        query = {"user_id": room.teacher.id}
        assert there.request("GET", "/sessions/active", query).header("connection") is None
        admin("drain")
        answer = there.request("GET", "/sessions/active", query)
        assert answer.status == 200 and answer.header("connection") == "close"
    admin("undrain")


def test_streams_are_told_to_come_back_in_batches(own):
    """Some are still there when the first have gone, and all go; each ends in order, and resumes without a hole."""
    server, admin, room = own
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda _: room.student(), range(STREAMS)))
    streams = [room.stream(who) for who in people]
    for stream in streams:
        room.fence(stream)
    began = time.monotonic()
    assert admin("drain", "--batch", 2, "--every", 100)["streams"] == STREAMS
    for stream in streams:
        stream.rest()
        assert stream.reader.ended and len(stream.reader.retries) == 2, "told when to come back"
    assert time.monotonic() - began >= 0.1 * (STREAMS / 2 - 1), "not all at once"
    refused = server.api.get(f"/sse/sessions/{room.id}", people[0])
    assert refused.status == 503 and refused.header("retry-after")
    with Stream(server.api, room.id, people[0], last_id=streams[0].last_id) as later:
        assert later.rest() == [] and later.reader.ended and len(later.reader.retries) == 1, "told when to come back"
    admin("undrain")
    with Stream(server.api, room.id, people[0], last_id=streams[0].last_id) as again:
        again.until("resumed")
        room.act(room.teacher, "chat", text="back")
        again.until("chat")
        consecutive(streams[0].seen + again.seen)
    for stream in streams:
        stream.close()


def test_undrain_stops_the_batches(own):
    server, admin, room = own
    streams = [room.stream(room.student()) for _ in range(6)]
    admin("drain", "--batch", 1, "--every", 600000)
    admin("undrain")
    left = wait_until(lambda: sum(row["streams"] for row in admin("workers")), what="streams")
    assert left >= 5, "at most the first batch has gone"
    for stream in streams:
        stream.close()


def test_a_stop_ends_a_drain(own):
    server, admin, room = own
    stream = room.stream(room.student())
    admin("drain", "--batch", 1, "--every", 600000)
    server.terminate()
    stream.rest()
    assert server.wait() == 0
    stream.close()


@pytest.mark.parametrize("wait", [False, True], ids=["told", "waited for"])
def test_shutdown(own, wait):
    server, admin, room = own
    stream = room.stream(room.student())
    client = subprocess.Popen([binary(), "admin", "--data", server.data, "shutdown", *(["--wait"] if wait else [])],
                              env=server.surroundings(), stdout=subprocess.PIPE, text=True)
    stream.rest()
    assert str(server.process.pid) in client.communicate(timeout=30)[0]
    if wait:
        assert server.process.poll() == 0, "the client returned before the server had ended"
    assert client.returncode == 0 and server.wait() == 0
    server.check()
    stream.close()


def test_what_was_done_is_in_the_audit(own):
    server, admin, _ = own
    admin("drain", "--batch", 7)
    admin("undrain")
    wait_until(lambda: [row["command"] for row in admin("audit")][:2] == ["undrain", "drain"], what="the audit")
