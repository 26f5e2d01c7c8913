"""Behind proxies: who is calling is what trusted ones say, for limits, for operators and in the log; nobody else is believed."""
import subprocess

import pytest

from admin import Operator
from attendance import start_place
from classroom import Room, login, new_phone, ok, person
from client import Connection, Stream, wait_until
from ends import name_of
from launch import binary

STRANGER, OWNER = "203.0.113.9", "198.51.100.7"
WINDOW = 3000


def behind(address):
    return {"X-Forwarded-For": address}


@pytest.fixture(scope="module")
def place(start_module_server):
    """Of its server the tests are trusted proxies, but for those who come from 127.0.0.9."""
    own = start_place(start_module_server, "--trusted-proxies", "127.0.0.1, 10.0.0.0/8,fd00::/8", "--log-level", "debug", "--login-window", WINDOW,
                      "--login-failures", 3, "--login-failures-account", 6, "--login-failures-address", 20, "--google-failures", 2, workers=1)
    yield own
    own.google.stop()


@pytest.fixture
def trusting(place):
    return place.server


@pytest.fixture
def operator(trusting):
    return Operator(trusting)


def by_proxy(operator, sock):
    """The row of a connection that a proxy holds."""
    rows = [row for row in operator("conns") if row["proxy"] == name_of(sock)]
    return rows[0] if rows else None


# --- limits


@pytest.mark.parametrize("stranger, owner", [
    (behind(STRANGER), behind(OWNER)),
    (behind(f"{OWNER}, {STRANGER}"), behind(f"{STRANGER}, {OWNER}")),
    (behind(f"{STRANGER}, 10.1.2.3"), behind(f"{OWNER}:4711, 10.3.2.1")),
    (behind("2001:db8::1"), behind("2001:db8:0:1::1")),
    ({"Forwarded": f"for={STRANGER};proto=https"}, {"Forwarded": f'for=unknown, for="{OWNER}:80", for="[fd00::1]"'}),
    ({"Forwarded": 'for="[2001:db8:1::1]:4711"'}, {"Forwarded": 'for="[2001:db8:2::1]"'}),
    (behind("nonsense"), behind(OWNER)),
])
def test_nobody_is_locked_out_by_somebody_else(trusting, stranger, owner):
    api = trusting.api
    who = person(api)
    assert [login(api, who.phone, "guess", headers=stranger).status for _ in range(4)] == [401, 401, 401, 429]
    assert login(api, who.phone, headers=stranger).status == 429
    assert login(api, who.phone, headers=owner).status == 200
    assert login(api, who.phone, headers=owner).status == 200


def test_an_address_is_limited_whatever_it_tries(trusting):
    address = "192.0.2.77"
    answers = [login(trusting.api, new_phone(), "guess", headers=behind(f"198.18.0.{number}, {address}")).status for number in range(21)]
    assert answers == [401] * 20 + [429]
    answers = [login(trusting.api, new_phone(), "guess", headers=behind(f"2001:db8:77::{number}")).status for number in range(21)]
    assert answers == [401] * 20 + [429]  # one network is one place


def test_an_account_is_limited_wherever_it_is_tried_from_and_its_owner_is_not(trusting):
    """Each address has its first guess, all together six more; the owner is let in from where he was before, and from elsewhere at once."""
    def guesses(n):
        return [login(trusting.api, who.phone, "guess", headers=behind(f"192.0.2.{number}")).status for number in range(n)]
    who = person(trusting.api)
    assert login(trusting.api, who.phone, headers=behind(OWNER)).status == 200
    assert guesses(7) + guesses(7) == [401] * 13 + [429]
    assert [login(trusting.api, who.phone, word, headers=behind(OWNER)).status for word in ("guess", "guess", "pass123")] == [401, 401, 200]
    assert login(trusting.api, who.phone, headers=behind(STRANGER)).status == 200


def test_nobody_else_is_believed(api, trusting):
    """Not by a server that trusts nobody, nor from another address."""
    who = person(api)
    assert [login(api, who.phone, "guess", headers=behind(f"203.0.113.{number}")).status for number in range(11)] == [401] * 10 + [429]
    who, answers = person(trusting.api), []
    for number in range(4):
        with Connection(trusting.api.host, trusting.port, source="127.0.0.9") as stranger:
            said = {**behind(f"203.0.113.{number}"), "Forwarded": f"for=192.0.2.{number}"}
            answers.append(stranger.request("POST", "/auth/login", form={"username": who.phone, "password": "guess"}, headers=said).status)
    assert answers == [401, 401, 401, 429]


def test_google_counts_the_same_way(place):
    def forged(address):
        return place.api.post("/auth/google", json={"idToken": place.google.broken("forged")}, headers=behind(address))
    assert [forged(STRANGER).status for _ in range(3)] == [401, 401, 429]
    assert WINDOW / 2 - 100 < int(forged(STRANGER).header("retry-after")) <= WINDOW / 2
    assert forged(OWNER).status == 401


def test_retry_after_is_when_the_next_may_be_tried(trusting):
    who = person(trusting.api)
    for _ in range(3):
        assert login(trusting.api, who.phone, "guess", headers=behind("192.0.2.55")).status == 401
    first, second = (int(login(trusting.api, who.phone, headers=behind("192.0.2.55")).header("retry-after")) for _ in range(2))
    assert WINDOW / 3 - 100 < second <= first <= WINDOW / 3


def test_the_metrics_of_development_are_this_machines(trusting):
    assert trusting.api.get("/metrics").status == 200
    assert trusting.api.get("/metrics", headers=behind("127.0.0.1")).status == 200
    assert trusting.api.get("/metrics", headers=behind(STRANGER)).status == 404


# --- a kept connection is of many


def test_the_address_belongs_to_the_request(trusting, operator):
    with trusting.api.connect() as proxy:
        for address in (STRANGER, OWNER, "2001:db8::7"):
            assert proxy.request("GET", "/livez", headers=behind(address)).status == 200
            row = by_proxy(operator, proxy.socket)
            assert (row["peer"], row["requests"]) == (address, row["requests"])
        assert proxy.request("GET", "/livez").status == 200
        row, = [row for row in operator("conns") if row["peer"] == name_of(proxy.socket)]
        assert row["proxy"] is None and row["requests"] == 4
    who = person(trusting.api)
    form = {"username": who.phone, "password": "guess"}
    with trusting.api.connect() as proxy:
        answers = [proxy.request("POST", "/auth/login", form=form, headers=behind("192.0.2.1")).status for _ in range(4)]
        answers.append(proxy.request("POST", "/auth/login", form={**form, "password": "pass123"}, headers=behind("192.0.2.2")).status)
        answers.append(proxy.request("POST", "/auth/login", form=form, headers=behind("192.0.2.1")).status)
    assert answers == [401, 401, 401, 429, 200, 429]


def test_pipelined_requests_have_their_own(trusting):
    who = person(trusting.api)
    body = f"username={who.phone}&password=guess".encode()
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nX-Forwarded-For: %b\r\n\r\n"
    with trusting.api.connect() as proxy:
        proxy.send(b"".join(head % (len(body), address) + body for address in [b"192.0.2.11"] * 4 + [b"192.0.2.12"]))
        assert [proxy.answer("POST").status for _ in range(5)] == [401, 401, 401, 429, 401]


def test_operators_see_who_listens_and_who_has_gone(trusting, operator):
    room = Room(trusting.api)
    student = room.student()
    stream = Stream(trusting.api, room.id, student, headers=behind(f"{OWNER}, {STRANGER}, 10.0.0.1"))
    row = by_proxy(operator, stream.socket)
    assert (row["peer"], row["kind"], row["user_id"]) == (STRANGER, "sse", student.id)
    assert operator("conn", row["id"])["peer"] == STRANGER
    name = name_of(stream.socket)
    stream.close()
    end, = wait_until(lambda: [row for row in operator("closed") if row["proxy"] == name], what="its end")
    assert (end["peer"], end["user_id"], end["room"]) == (STRANGER, student.id, room.id)


def test_the_log_names_the_client(trusting):
    assert trusting.api.get("/livez", headers=behind("192.0.2.99")).status == 200
    wait_until(lambda: "client=192.0.2.99" in trusting.stderr(), what="the line")


# --- connections of a client


def test_connections_are_counted_by_client(start_server):
    server = start_server("--max-per-address", 2, environment={"LECTERN_TRUSTED_PROXIES": "'127.0.0.1'"}, workers=1)
    room = Room(server.api)
    many = [server.api.connect() for _ in range(5)]  # the proxy has no limit
    for one in many:
        assert one.request("GET", "/livez", headers=behind(STRANGER)).status == 200  # nor have clients that wait for nothing
    students = [room.student() for _ in range(3)]
    streams = [Stream(server.api, room.id, who, headers=behind(STRANGER)) for who in students[:2]]
    answer = many[0].request("GET", "/sessions/active", {"user_id": students[0].id}, headers=behind(STRANGER))
    assert (answer.status, answer.header("retry-after")) == (503, "1")
    assert many[0].request("GET", "/sessions/active", {"user_id": students[0].id}, headers=behind(OWNER)).status == 200
    answer = many[1].request("POST", "/auth/login", form={"username": "x", "password": "y"}, headers=behind(STRANGER))
    assert answer.status == 503
    with Stream(server.api, room.id, students[2], headers=behind(OWNER)) as other:
        assert other.reader.status == 200
    streams[0].close()
    wait_until(lambda: many[0].request("GET", "/sessions/active", {"user_id": students[0].id}, headers=behind(STRANGER)).status == 200,
               what="a place for the stranger")
    for one in [*many, streams[1]]:
        one.close()


# --- the parameter


@pytest.mark.parametrize("value", ["localhost", "*", "10.0.0.0/33", "127.0.0.1:80", "127.0.0.1,,x", "unix:", "::1/x"])
def test_bad_entries_are_refused_at_start(value):
    for command in ("serve", "config check"):
        done = subprocess.run([binary(), *command.split(), "--dev", "--listen", "127.0.0.1:0", "--trusted-proxies", value],
                              capture_output=True, text=True, timeout=30, check=False, cwd="/tmp")
        assert done.returncode and "trusted-proxies" in done.stderr and "is no address" in done.stderr, done.stderr
