"""The server under a service manager: what it says and when, the watchdog, sockets that it inherits, and a restart that
nobody notices.
"""
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import Room, ok
from client import wait_until
from crowd import Crowd, Posters, check_law
from managed import Frozen, Managed, listening, thread_of


@pytest.fixture
def managed():
    started, sockets = [], []

    def make(*options, start=True, **more):
        started.append(Managed(*options, **more))
        sockets.extend(started[-1].sockets)
        return started[-1].start() if start else started[-1]

    yield make
    for one in started:
        try:
            one.stop()
        finally:
            one.remove()
    for one in sockets:
        one.close()


def test_readiness_and_the_end_are_told(managed):
    server = managed()
    ready = server.until("READY")
    assert ready["READY"] == "1" and f":{server.port}" in ready["STATUS"] and "2 workers" in ready["STATUS"]
    assert ok(server.api.get("/readyz"))["status"] == "ready"
    server.terminate()
    stopping = server.until("STOPPING")
    assert stopping["STOPPING"] == "1" and int(stopping["EXTEND_TIMEOUT_USEC"]) >= 10_000_000
    assert server.wait() == 0
    server.read_all()
    assert not any("WATCHDOG" in message for message in server.told), "nobody asked for it"


def test_a_server_that_cannot_start_is_never_ready(managed):
    server = managed("--database-url", "postgresql://nobody@127.0.0.1:1/x", dev=False, start=False,
                     environment={"JWT_SECRET": secrets.token_hex(32)})
    with pytest.raises(AssertionError, match="server not ready"):
        server.start()
    server.read_all()
    assert not any("READY" in message for message in server.told)


def test_the_watchdog_is_fed_while_every_loop_turns(managed):
    """A worker stands still; the main thread, which says so, and the other worker do not."""
    server = managed(environment={"WATCHDOG_USEC": "400000"})
    server.until("READY")
    for _ in range(3):
        server.until("WATCHDOG")
    with Frozen(thread_of(server.process.pid, "worker-1")):
        server.next(0.5)
        server.read_all()  # what was on its way
        server.next(0.3)
        server.read_all()
        assert server.next(1.0) is None, "a sign of life of a server that hangs"
    for _ in range(3):
        server.until("WATCHDOG")


def test_an_inherited_socket_stays_when_the_server_goes(managed):
    own = listening()
    server = managed(sockets=[own])
    assert f":{own.getsockname()[1]}" in server.until("READY")["STATUS"]
    assert ok(server.api.get("/livez"))["status"] == "alive"
    server.stop()
    waiting = socket.create_connection(own.getsockname())
    waiting.close()


def test_every_inherited_socket_is_served(managed):
    own = [listening(), listening("::1")]
    server = managed(sockets=own)
    assert ok(server.api.get("/livez"))["status"] == "alive"
    server.api.host, server.api.port = own[1].getsockname()[:2]
    with socket.create_connection((server.api.host, server.api.port), 15) as six:
        six.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert six.recv(100).startswith(b"HTTP/1.1 200")
    server.api.host = "127.0.0.1"


@pytest.mark.parametrize("make, workers, says", [
    (lambda: [listening(kind=socket.SOCK_DGRAM)], 2, "no listening TCP socket"),
    (lambda: [listening(), listening()], 1, "2 sockets, and 1 workers"),
    (lambda: [listening("0.0.0.0")], 2, "only a loopback address"),
], ids=["datagrams", "too many", "open to the world"])
def test_sockets_that_are_refused(managed, make, workers, says):
    server = managed(sockets=make(), workers=workers, start=False)
    with pytest.raises(AssertionError, match=says):
        server.start()


ROUNDS, STREAMS, POSTERS = 2, 30, 6


def test_a_rolling_restart_loses_nothing(managed, cluster):
    """The socket is held as systemd holds it. Who asks while nobody accepts waits in it and is answered by the next
    server; who was accepted is answered by the first. No request is refused or unanswered, no stream has a hole."""
    own = listening()
    environment = {"DATABASE_URL": cluster.url(), "JWT_SECRET": secrets.token_hex(32)}
    server = managed("--identity", "legacy", "--teacher-signup", "anybody", dev=False, environment=environment, sockets=[own])
    room = Room(server.api)
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda _: room.student(), range(STREAMS)))
        pids = list(pool.map(room.join, people))
    with Crowd(room, people) as crowd, Posters(server, room, people[:POSTERS], pids) as posters:
        crowd.wait_connected()
        for turn in range(ROUNDS):
            posters.wait_more(15)
            server.terminate()
            assert server.wait() == 0, server.stderr()[-4000:]
            wait_until(lambda: all(one.connection for one in posters.posters), what="posters that wait in the socket")
            server.start()
            posters.wait_more(15)
            crowd.wait_connected(turn + 2)
        posters.stop()
        assert [one.open for one in posters.posters] == [[]] * POSTERS, "requests without an answer"
        assert [one.refused for one in posters.posters] == [[]] * POSTERS, "requests that were refused"
        check_law(cluster.database, room, crowd, posters)
    assert all(one.orderly_ends >= ROUNDS for one in crowd.listeners)
