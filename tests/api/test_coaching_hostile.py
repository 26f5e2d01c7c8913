"""Clients that do what they may not, on both sockets of coaching: a session's and a person's. Each is told why it is closed, and disturbs nobody else
(coaching contract, sections 11.1, 11.3, 11.7 and 11.8; RFC 6455)."""
import time
import urllib.parse
from contextlib import suppress

import pytest

from classroom import person
from client import wait_until
from coaching import claims_of, couple, session, signed
from coaching_rooms import CALM, FAST, SLOW, connect, last, measure, notifications, nudge, session_path
from sockets import AGAINST_THE_PROTOCOL, BAD_UTF8, BINARY, CLOSE, CLOSE_CODES, HANDSHAKES, PING, PONG, TEXT, Socket, close_payload, frame

PROTOCOL, BINARY_UNWANTED, NOT_UTF8, POLICY, TOO_BIG, BEHIND = 1002, 1003, 1007, 1008, 1009, 4408
MOST, WINDOW = 65536, 3600
NOTIFICATIONS = "/v1/interaction/notifications"


@pytest.fixture(scope="module")
def api(start_module_server):
    """A message must come whole within two seconds, and a client may be behind by 64 KiB and say as much as it likes."""
    return start_module_server("--budget-messages", 0, "--request-timeout", 2, "--sse-backlog", 65536, "--nudge-rate-limit-seconds", WINDOW).api


@pytest.fixture(scope="module")
def two(api):
    return couple(api)


@pytest.fixture(scope="module")
def sid(api, two):
    """Of a session in which nobody is ever nudged: a client that disturbs needs none of its own."""
    return session(api, two.ada, two.id, two.ben)


class Kind:
    """One of both sockets: where it is, how it is greeted, and what shows that it works."""

    def __init__(self, target, greeting, says, answer):
        self.target, self.greeting, self.says, self.answer = target, greeting, says, answer

    def opened(self, api, **more):
        socket = Socket(api, self.target, **more)
        assert socket.status == 101 and socket.text()["type"] == self.greeting
        return socket

    def works(self, socket):
        """What it says is answered."""
        socket.say(TEXT, self.says)
        self.answered(socket)

    def answered(self, socket):
        while (got := socket.next()).kind != TEXT or self.greeting.encode() in got.payload:
            pass
        assert self.answer in got.payload


@pytest.fixture(params=["session", "notifications"])
def kind(request, api, two, sid):
    if request.param == "session":
        return Kind(session_path(sid, two.ada), "server.session_state", "{}", b'"Invalid message type"')
    return Kind(f"{NOTIFICATIONS}?token={two.ada.token}", "connection.established", "ping", b"pong")


@pytest.fixture
def socket(api, kind):
    with kind.opened(api) as opened:
        yield opened


def closed_with(socket, code):
    assert socket.closing().code() == code and socket.at_end()


# ---- the handshake ----

@pytest.mark.parametrize("headers, status", HANDSHAKES)
def test_the_handshake(api, kind, headers, status):
    with Socket(api, kind.target, headers) as opened:
        assert opened.status == status, opened.head
        assert not {"sec-websocket-protocol", "sec-websocket-extensions"} & set(opened.headers), "what is offered is not taken up"
        if status == 101:
            kind.works(opened)
        else:
            assert isinstance(opened.body()["detail"], str)


@pytest.mark.parametrize("origin", ["capacitor://localhost", "https://evil.example", "http://localhost.evil.example:3000", "null", "", "x" * 2000])
def test_origins_are_not_asked_for(api, kind, origin):
    with Socket(api, kind.target, {"Origin": origin}) as opened:
        assert opened.status == 101 and opened.text()["type"] == kind.greeting


def bad_tokens(server, two):
    with open(f"{server.data}/coaching_secret_key", encoding="ascii") as key:
        secret = key.read().strip()
    claims = claims_of(two.ada.token)
    good = {"sub": two.ada.id, "type": "access", "exp": claims["exp"]}
    yield "expired", signed(secret, {**good, "exp": int(time.time()) - 1})
    yield "of another type", signed(secret, {**good, "type": "refresh"})
    yield "without a type", signed(secret, {"sub": two.ada.id, "exp": claims["exp"]})
    yield "without sub", signed(secret, {"type": "access", "exp": claims["exp"]})
    yield "whose sub is no text", signed(secret, {**good, "sub": 7})
    yield "of nobody", signed(secret, {**good, "sub": "5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11"})
    yield "of another key", signed(secret + "x", good)
    yield "without algorithm", signed(secret, good, algorithm="none")
    yield "without a signature", two.ada.token.rsplit(".", 1)[0] + "."
    yield "of another area", person(server.api, "student").token
    for odd in ("nonsense", "..", "\0", two.ada.token + "\0", two.ada.token + " ", "\ufffd", "x" * 4000, "' or ''='"):
        yield repr(odd[:12]), odd


def test_bad_tokens(start_module_server, two):
    server = start_module_server()
    ours = couple(server.api)
    sid = session(server.api, ours.ada, ours.id, ours.ben)
    for what, token in [*bad_tokens(server, ours), ("of another server", two.ada.token)]:
        said = urllib.parse.quote(token or "")
        with Socket(server.api, f"/v1/sessions/{sid}/ws?token={said}") as opened:
            assert opened.status == 403 and isinstance(opened.body()["detail"], str), what
        with notifications(server.api, token=token) as opened:
            assert opened.status == 101 and last(opened) == ((POLICY, "Invalid token"), []) and opened.at_end(), what
    for path in (f"/v1/sessions/{sid}/ws", NOTIFICATIONS):
        with Socket(server.api, f"{path}?token={'x' * 20000}") as opened:
            assert opened.status == 414
    for said in ("token=%ff", "token=%", "token", "Token=" + ours.ada.token):
        with Socket(server.api, f"/v1/sessions/{sid}/ws?{said}") as opened:
            assert opened.status in (400, 403, 422) and opened.body()["detail"], said


# ---- frames ----

@pytest.mark.parametrize("data", AGAINST_THE_PROTOCOL, ids=lambda data: data[:12].hex())
def test_against_the_protocol(socket, data):
    socket.send(data)
    closed_with(socket, PROTOCOL)


@pytest.mark.parametrize("text", BAD_UTF8)
def test_text_that_is_not_utf8(api, kind, socket, text):
    socket.say(TEXT, text)
    closed_with(socket, NOT_UTF8)
    with kind.opened(api) as other:
        other.send(frame(TEXT, text[:1], fin=False) + frame(PING, "between") + frame(0, text[1:]))
        closed_with(other, NOT_UTF8)


@pytest.mark.parametrize("code", CLOSE_CODES)
def test_a_close_is_answered_with_its_code(socket, code):
    socket.say(CLOSE, close_payload(code, "Grund: \u00fc"))
    closed_with(socket, code)


def test_a_close_without_code_or_with_a_reason_that_is_no_text(api, kind, socket):
    socket.say(CLOSE)
    assert socket.closing().payload == b"" and socket.at_end()
    with kind.opened(api) as other:
        other.say(CLOSE, close_payload(1000, b"\xff"))
        closed_with(other, NOT_UTF8)


@pytest.mark.parametrize("data", [
    frame(TEXT, "x" * (MOST + 1)), frame(TEXT, "x", length=(64, 1 << 40)), frame(TEXT, "x" * MOST, fin=False) + frame(0, "x"),
    frame(TEXT, "x", fin=False) + frame(0, "x", length=(64, MOST)), frame(TEXT, "", fin=False) + frame(0, "x" * (MOST + 1))], ids=len)
def test_what_is_too_big(socket, data):
    socket.send(data)
    closed_with(socket, TOO_BIG)


def test_what_is_just_not_too_big(kind, socket):
    socket.send(frame(TEXT, "x" * (MOST - 1), fin=False) + frame(PING, "x" * 125) + frame(0, "x"))
    assert socket.until_pong() == b"x" * 125
    kind.works(socket) if b"pong" in kind.answer else socket.until(lambda got: got["type"] == "server.error")


def test_bytes_one_by_one_and_fragments_of_nothing(kind, socket):
    data = frame(PING, "one") + frame(TEXT, "", fin=False) + frame(0, "", fin=False) * 20 + frame(PONG, "unasked")
    for byte in data + frame(0, kind.says):
        socket.send(bytes([byte]))
    assert socket.until_pong() == b"one"
    kind.answered(socket)
    kind.works(socket)


def test_binary(kind, socket):
    """A person's socket ends by it; a session's tells its sender."""
    socket.say(BINARY, b"\x00\xff")
    if kind.answer == b"pong":
        closed_with(socket, BINARY_UNWANTED)
    else:
        assert socket.until(lambda got: got["type"] == "server.error")["payload"]["message"] == "A message must be text"
        kind.works(socket)


def test_nothing_is_read_behind_a_close(kind, socket):
    socket.send(frame(CLOSE, close_payload(1000)) + frame(PING, "late") + frame(TEXT, kind.says))
    assert socket.closing().code() == 1000 and socket.at_end()
    assert not [one for one in socket.seen if one.kind == PONG or kind.answer in one.payload]


# ---- what is held open, floods, and who does not read ----

@pytest.mark.parametrize("half", [b"\x81", frame(TEXT, "{}")[:3], frame(TEXT, "x" * 1000)[:500], frame(TEXT, "x" * 70000)[:6], frame(TEXT, "{", fin=False), frame(PING, "x")[:4]])
def test_half_a_message_is_not_waited_for(api, kind, socket, half):
    socket.send(half)
    closed_with(socket, POLICY)


def test_and_pings_do_not_hold_it_open(socket):
    socket.say(TEXT, "{", fin=False)
    with_pings = 0
    while True:
        socket.say(PING, "still here")
        if (got := socket.next()).kind == CLOSE:
            break
        with_pings += got.kind == PONG
    assert got.code() == POLICY and with_pings


def test_who_never_pauses_is_not_cut(kind, socket):
    """Each message comes in time, though something is always half here: for longer than one of them may take."""
    one, until = frame(PING, "x" * 100), time.monotonic() + 3
    socket.send(one[:50])
    while time.monotonic() < until:
        socket.send(one[50:] + one[:50])
        assert socket.until_pong() == b"x" * 100
    socket.send(one[50:])
    kind.works(socket)


def test_a_flood_of_small_frames(api, kind, two):
    with kind.opened(api) as flood, kind.opened(api) as other:
        flood.send(b"".join(frame(PING, str(i)) for i in range(5000)) + (frame(TEXT, "", fin=False) + frame(0)) * 5000)
        kind.works(other)
        pong = b""
        while pong != b"4999":
            pong = flood.until_pong()
        flood.close()
        kind.works(other)


def cut(api):
    """How many clients have been behind by too much."""
    lines = api.get("/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("lectern_connections_cut_total"))


def test_who_does_not_read_is_closed(api, kind):
    """What waits for it is bounded: its own backlog, and what the kernel takes."""
    before, data = cut(api), (frame(PING, "x" * 125) + frame(TEXT, kind.says)) * 5000
    with kind.opened(api, receive_buffer=4096, timeout=60) as slow, kind.opened(api) as other:
        with suppress(OSError):
            for _ in range(50):
                slow.send(data)
                if cut(api) > before:
                    break
        wait_until(lambda: cut(api) == before + 1, what="its end")
        kind.works(other)


def test_a_slow_partner_delays_no_nudge(api, two):
    """Her frames are answered while his socket takes nothing of what it is told, until he is closed; his own phone hears them too."""
    sid = session(api, two.ada, two.id, two.ben)
    with connect(api, sid, two.ben, receive_buffer=4096) as slow, connect(api, sid, two.ben) as phone, connect(api, sid, two.ada) as hers:
        for _ in range(10):
            slow.send(frame(TEXT, "{}") * 2000)
            measure(hers, sid, CALM)
            hers.say(PING, "at once")
            assert hers.until_pong() == b"at once"
        measure(hers, sid, FAST)
        assert nudge(hers) == nudge(phone) == SLOW
        measure(phone, sid, FAST)
        assert nudge(hers) == nudge(phone) == SLOW
        slow.reset()
        measure(hers, sid, {"speaking_rate": "x"})
        assert hers.text()["type"] == "server.error"
