"""The console: its listener, whom it answers, and what it streams."""
import json

import pytest

from classroom import Room, person
from client import Api, Connection, SseReader, wait_until
from launch import HOST, binary, run, short_folder
from managed import Frozen, thread_of

STREAMS = 16


def console_of(server):
    host, port = json.loads(server.admin("info", "--json").stdout)["console"].rsplit(":", 1)
    return Api(host, int(port))


@pytest.fixture(scope="module")
def watched(start_module_server):
    return start_module_server("--console", f"{HOST}:0")


@pytest.fixture
def console(watched):
    return console_of(watched)


class Watcher(Connection):
    """A stream of the console; next() is the next document."""

    def __init__(self, console):
        super().__init__(console.host, console.port)
        self.send(f"GET /console/events HTTP/1.1\r\nHost: {HOST}:{console.port}\r\n\r\n".encode())
        self.reader, self.frames = SseReader(), []

    def pump(self):
        data = self.socket.recv(65536)
        assert data, "the stream ended"
        self.frames += self.reader.feed(data)

    def next(self):
        while not self.frames:
            self.pump()
        frame = self.frames.pop(0)
        assert frame.event == "answers"
        return frame.data


def test_off_by_default(admin, api):
    assert admin("info")["console"] is None
    assert api.get("/console").status == 404


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.0.2.1:8001", ":8001", "[::]:8001", "console.test:8001", "127.0.0.1"])
def test_only_loopback_addresses(address):
    done = run(binary(), "serve", "--dev", "--data", f"{short_folder()}/d", "--console", address)
    assert done.returncode != 0 and "loopback ADDRESS:PORT" in done.stderr and address in done.stderr


def test_the_public_listener_has_none_of_it(watched):
    assert [watched.api.get(path).status for path in ("/console", "/console/events", "/m/console/console")] == [404, 404, 404]


def test_the_console_has_nothing_else(console):
    assert [console.get(path).status for path in ("/", "/docs", "/metrics", "/sessions", "/health")] == [404] * 5


def test_the_page(console):
    answer = console.get("/console")
    assert answer.status == 200 and answer.header("content-type") == "text/html; charset=utf-8"
    policy = answer.header("content-security-policy")
    assert "script-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert console.get("/assets/console/main.js").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/console", "/console/events"])
def test_it_is_read_only(console, method, path):
    assert console.call(method, path).status == 405


@pytest.mark.parametrize("path", ["/console", "/console/events", "/assets/console/main.js"])
@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "0.0.0.0", "127.0.0.1.evil.test", "192.0.2.1:80", "*:80", ":80", "[::]"])
def test_foreign_names_are_refused(console, path, host):
    with console.connect() as connection:
        connection.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert connection.answer().status in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "127.0.0.1", "[::1]", "[::1]:8001"])
def test_names_of_this_machine(console, host):
    with console.connect() as connection:
        connection.send(f"GET /console HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert connection.answer().status == 200


def test_other_origins_are_told_nothing(console):
    answer = console.get("/console", headers={"Origin": "http://evil.test"})
    assert not [name for name, _ in answer.headers if name.startswith("access-control")]


def test_a_document_is_the_answers_of_commands(watched, console):
    with Watcher(console) as watcher:
        first, second = watcher.next(), watcher.next()
    assert second["at_ms"] > first["at_ms"]
    assert set(first["answers"]) >= {"info", "workers", "actors", "rooms", "conns", "closed", "slow", "queues", "db", "latency"}
    assert all(answer["v"] == 1 and answer["ok"] for answer in first["answers"].values())
    info = json.loads(watched.admin("info", "--json").stdout)
    same = ("version", "pid", "address", "console", "workers", "identity")
    assert [first["answers"]["info"]["data"][key] for key in same] == [info[key] for key in same]


def test_a_class_shows_without_names(watched, console):
    teacher = person(watched.api, "teacher")
    room = Room(watched.api, teacher)
    with room.stream(teacher), Watcher(console) as watcher:
        document = watcher.next()
        for _ in range(5):
            if document["answers"]["rooms"]["data"]:
                break
            document = watcher.next()
    assert str(room.id) in json.dumps(document["answers"]["rooms"]["data"])
    assert teacher.id in [row["user_id"] for row in document["answers"]["conns"]["data"]]
    assert teacher.name not in json.dumps(document)


def test_sixteen_may_look(watched, console):
    def streams():
        rows = json.loads(watched.admin("queues", "--json").stdout)
        return [row["depth"] for row in rows if row["queue"] == "console"][0]

    watchers = [Watcher(console) for _ in range(STREAMS)]
    for watcher in watchers:
        watcher.next()
    refused = console.get("/console/events")
    assert refused.status == 503 and refused.header("retry-after")
    later = console.get("/console/events", headers={"Accept": "text/event-stream"})
    assert later.status == 200 and later.body.startswith(b"retry: ") and later.body.endswith(b"\n\n")
    for watcher in watchers:
        watcher.close()
    wait_until(lambda: streams() == 0, what="the closed streams are noticed")
    with Watcher(console) as watcher:
        assert watcher.next()["answers"]["info"]["ok"]


def test_a_stop_does_not_wait_for_watchers(start_server):
    server = start_server("--console", f"{HOST}:0")
    with Watcher(console_of(server)) as watcher:
        watcher.next()
        server.stop()


def test_a_taken_port_is_refused(watched, console):
    done = run(binary(), "serve", "--dev", "--listen", f"{HOST}:0", "--data", f"{short_folder()}/d", "--console", f"{HOST}:{console.port}")
    assert done.returncode != 0 and "cannot listen on" in done.stderr


def test_a_worker_that_stands_still_is_named_and_operators_are_answered(watched, console):
    def until(watcher, silent):
        document = watcher.next()
        while document["answers"]["workers"].get("silent") != silent:
            document = watcher.next()
        return document

    with Watcher(console) as watcher:
        watcher.next()
        with Frozen(thread_of(watched.process.pid, "worker-1")):
            rows = until(watcher, [1])["answers"]["workers"]["data"]
            assert [row["answered"] for row in rows] == [True, False]
            for command in ("info", "workers", "queues", "rooms"):
                assert watched.admin(command, "--json").returncode == 0
        until(watcher, None)
