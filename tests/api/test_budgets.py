"""What clients share is counted: who has used up his part is told so and when to come back, and nobody else notices."""
import time

import pytest

from admin import Operator
from classroom import Room, ok, person, refused
from client import End, wait_until
from sockets import PING, frame, open_socket

ACTIONS, MESSAGES, PERIOD_S, STREAMS, BODIES = 20, 500, 10, 3, 70_000
SIGNALS, SIGNAL_BYTES = 60, 1_000_000
LIMITS = {"budget-actions": ACTIONS, "budget-messages": MESSAGES, "budget-signals": SIGNALS, "budget-signal-bytes": SIGNAL_BYTES,
          "budget-streams": STREAMS, "budget-bodies": BODIES}
OPTIONS = [word for name, value in LIMITS.items() for word in (f"--{name}", value)]


@pytest.fixture(scope="module")
def server(start_module_server):
    return start_module_server(*OPTIONS)


@pytest.fixture(scope="module")
def operator(server):
    return Operator(server)


@pytest.fixture
def room(server):
    """Of a teacher who has acted once."""
    return Room(server.api)


def poke(api, room, who, connection=None):
    path = f"{room.path('/action')}?user_id={who.id}"
    return (connection or api).request("POST", path, json={"type": "chat", "text": "x"})


def joined(room):
    student = room.student()
    room.join(student)
    return student


def budget(operator, name):
    [row] = [row for row in operator("budgets") if row["budget"] == name]
    return row


def over(operator, who, name):
    return [row for row in operator("budgets", "over") if (row["who"], row["budget"]) == (who, name)]


def counted(server, name):
    [line] = [line for line in server.api.get("/metrics").body.decode().splitlines() if f'over_budget_total{{budget="{name}"}}' in line]
    return int(line.split()[-1])


# ---- actions: a rate ----

def act_until_refused(room, who, connections):
    """How many of his actions were let in, spread over connections, and the refusal."""
    began = time.monotonic()
    for n in range(50 * ACTIONS):
        answer = poke(room.api, room, who, connections[n % len(connections)])
        if answer.status == 429:
            return n, time.monotonic() - began, answer
        ok(answer)
    raise AssertionError("never refused")


def test_one_persons_actions_are_counted_over_all_workers(server, room):
    student = joined(room)
    connections = [server.api.connect() for _ in range(8)]
    n, took, answer = act_until_refused(room, student, connections)
    for connection in connections:
        connection.close()
    assert ACTIONS - 2 <= n <= ACTIONS + 3 + took * ACTIONS / PERIOD_S
    refused(answer, 429, "Too many requests, try again later")
    assert answer.header("retry-after") == "1"


def test_who_comes_back_is_let_in_and_others_were_all_along(server, room):
    greedy, other = joined(room), joined(room)
    with server.api.connect() as connection:
        act_until_refused(room, greedy, [connection])
        ok(poke(server.api, room, other, connection))
        wait_until(lambda: poke(server.api, room, greedy, connection).status == 200, what="the next one")


def test_reading_is_no_action(server, room):
    student = joined(room)
    with server.api.connect() as connection:
        act_until_refused(room, student, [connection])
        for _ in range(3 * ACTIONS):
            ok(connection.request("GET", f"{room.path('/state')}?user_id={student.id}"))


def test_a_refused_action_leaves_no_trace(server, room):
    student = joined(room)
    with server.api.connect() as connection:
        n, _, _ = act_until_refused(room, student, [connection])
    assert len(room.history()) == n


# ---- messages on sockets: a rate at which they are read ----

def test_who_sends_more_is_read_later_and_nothing_is_lost(server, operator, room):
    student, other = joined(room), joined(room)
    with open_socket(server.api, room.id, student) as socket, open_socket(server.api, room.id, other) as calm:
        socket.send(b"".join(frame(PING, str(n)) for n in range(MESSAGES + 100)))
        assert [socket.until_pong() for _ in range(MESSAGES + 100)] == [str(n).encode() for n in range(MESSAGES + 100)]
        calm.send(frame(PING, "calm"))
        assert calm.until_pong() == b"calm"
    assert over(operator, f"user {student.id}", "messages") and not over(operator, f"user {other.id}", "messages")


# ---- signals: rates of their own ----

def signal(room, who, target, n, connection):
    body = {"type": "webrtc_signal", "target_participant_id": target, "payload": {"sdp": "x" * n}}
    return connection.request("POST", f"{room.path('/action')}?user_id={who.id}", json=body)


def signals_until_refused(room, who, target, size):
    """How many were let in, and the refusal."""
    began = time.monotonic()
    with room.api.connect() as connection:
        for n in range(50 * SIGNALS):
            answer = signal(room, who, target, size, connection)
            if answer.status == 429:
                return n, time.monotonic() - began, answer
            ok(answer)
    raise AssertionError("never refused")


def test_signals_are_counted_by_themselves(server, room):
    student, target = room.student(), room.join(room.student())
    room.join(student)
    n, took, answer = signals_until_refused(room, student, target, 10)
    assert SIGNALS <= n <= SIGNALS + 3 + took * SIGNALS / PERIOD_S
    refused(answer, 429, "Too many requests, try again later")
    assert counted(server, "signals") >= 1
    room.act(student, "chat", text="x")


def test_the_bytes_of_signals_are_counted(server, room):
    student, target = room.student(), room.join(room.student())
    room.join(student)
    n, took, answer = signals_until_refused(room, student, target, 60_000)
    assert SIGNAL_BYTES // 60_100 <= n <= (1 + took / PERIOD_S) * SIGNAL_BYTES / 60_000 + 3
    assert answer.header("retry-after") and counted(server, "signal_bytes") >= 1


# ---- streams: a level ----

def test_one_persons_streams(server, room):
    student, other = joined(room), joined(room)
    streams = [room.stream(student) for _ in range(STREAMS)]
    refused(server.api.get(f"/sse{room.path()}", student), 429, "Too many open streams, close one first")
    room.stream(other).close()
    streams.pop().close()
    wait_until(lambda: opens(room, student), what="a place for another stream")
    for stream in streams:
        stream.close()


def opens(room, who):
    try:
        room.stream(who, ready=False).close()
        return True
    except AssertionError as error:
        assert "stream refused: 429" in str(error), error
        return False


# ---- bodies: a level, by address, before anybody says who he is ----

def half_a_body(server, n):
    connection = server.api.connect()
    connection.send(b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 75000\r\n\r\n" + b" " * n)
    return connection


def held_body(server, operator, n):
    """The server has all that was sent of it."""
    connection = half_a_body(server, n)
    peer = ":".join(map(str, connection.socket.getsockname()))
    wait_until(lambda: any(one["peer"] == peer and one["in_bytes"] > n for one in operator("conns")), what="the body so far")
    return connection


def holds(connection):
    """It is neither answered nor closed."""
    connection.socket.settimeout(0)
    try:
        return connection.socket.recv(1) == b"never"
    except BlockingIOError:
        return True


def test_bodies_that_are_held(server, operator):
    first = held_body(server, operator, BODIES - 1000)
    second = half_a_body(server, 2000)
    answer = second.answer()
    refused(answer, 429, "Too many requests, try again later")
    assert answer.header("retry-after") == "1" and holds(first)
    assert server.api.get("/livez").status == 200
    with pytest.raises(End):
        second.answer()
    first.close()
    wait_until(lambda: takes_body(server, BODIES - 1000), what="the place of the first")


def takes_body(server, n):
    """A whole body of n bytes is let in, and refused for what is in it."""
    body = b"[" + b" " * (n - 2) + b"]"
    return server.api.post("/auth/login", body=body, content_type="application/json").status == 400


def test_an_answered_body_is_held_no_more(server):
    for _ in range(5):
        assert takes_body(server, BODIES - 1000)


# ---- operators ----

def test_operators_see_the_budgets(server, operator, room):
    student = joined(room)
    before = budget(operator, "actions")
    assert (before["per"], before["most"], before["period_s"]) == ("person", ACTIONS, PERIOD_S)
    assert (budget(operator, "streams")["most"], budget(operator, "streams")["period_s"]) == (STREAMS, None)
    with server.api.connect() as connection:
        act_until_refused(room, student, [connection])
        refusals = 1 + sum(poke(server.api, room, student, connection).status == 429 for _ in range(5))
    assert budget(operator, "actions")["refused"] == before["refused"] + refusals == counted(server, "actions")
    rows = over(operator, f"user {student.id}", "actions")
    assert sum(row["times"] for row in rows) == refusals and all(row["first"] <= row["last"] for row in rows)
    said = [line for line in server.stderr().splitlines() if "over a budget" in line and f"user {student.id}" in line]
    assert len(said) == 1, "told once, not each time"


def test_a_budget_is_changed_while_the_server_runs(server, operator, room):
    student = joined(room)
    operator("config", "set", "budget-actions", 0)
    try:
        assert budget(operator, "actions")["most"] is None
        with server.api.connect() as connection:
            for _ in range(3 * ACTIONS):
                ok(poke(server.api, room, student, connection))
    finally:
        operator("config", "set", "budget-actions", ACTIONS)


def test_the_address_of_a_body_is_told(server, operator):
    half = held_body(server, operator, 2000)
    refused(half_a_body(server, BODIES).answer(), 429, "Too many requests, try again later")
    half.close()
    assert over(operator, "127.0.0.1", "bodies")
