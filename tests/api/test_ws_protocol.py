"""RFC 6455 by a client that keeps it, and by one that does not: the handshake, frames, sizes, the end, slow and silent peers."""
import json
import os

import pytest

from classroom import Room, ok
from sockets import AGAINST_THE_PROTOCOL, BAD_UTF8, BINARY, CLOSE, CLOSE_CODES, HANDSHAKES, PING, PONG, TEXT, close_payload, frame, open_socket, session_target

GOING_AWAY, PROTOCOL, UNSUPPORTED, NOT_UTF8, POLICY, TOO_BIG, SLOW = 1001, 1002, 1003, 1007, 1008, 1009, 4408


@pytest.fixture(scope="module")
def hall(shared):
    """One room for the whole module: nothing here changes it."""
    return Room(shared.api)


@pytest.fixture(scope="module")
def ada(hall):
    return hall.student()


@pytest.fixture
def socket(hall, ada, server):
    with open_socket(hall.api, hall.id, ada) as opened:
        assert opened.status == 101, opened.head
        opened.expect("connected", "session_state")
        yield opened


def works(socket):
    """An action is answered."""
    socket.say(TEXT, '{"type":"nonsense","ref":"fence"}')
    assert socket.until(lambda got: got.get("ref") == "fence")["status"] == 400


def closed_with(socket, code):
    closing = socket.closing()
    assert closing.code() == code, closing
    assert socket.at_end()


# ---- the handshake ----

@pytest.mark.parametrize("headers, status", HANDSHAKES)
def test_the_handshake(hall, ada, headers, status):
    with open_socket(hall.api, hall.id, ada, headers=headers) as opened:
        assert opened.status == status, opened.head
        if status == 426:
            assert (opened.headers["sec-websocket-version"], opened.headers["upgrade"]) == ("13", "websocket")
        if status == 101:
            assert not {"sec-websocket-protocol", "sec-websocket-extensions", "transfer-encoding", "content-length"} & set(opened.headers)
        else:
            assert opened.body()["detail"]


def test_who_wants_no_socket(hall, ada, api):
    target = session_target(hall.id, ada)
    for method, status in (("GET", 426), ("HEAD", 426), ("POST", 405)):
        answer = api.call(method, target)
        assert answer.status == status, answer
    assert api.get(target).header("sec-websocket-version") == "13"
    assert api.get(f"/ws/sessions/{hall.id}").status == 426, "asked before who is calling"
    with open_socket(hall.api, hall.id, ada, headers={"Upgrade": None, "Connection": "keep-alive"}) as opened:
        opened.body()
        opened.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert opened._take_until(b"\r\n\r\n").startswith(b"HTTP/1.1 200"), "the connection goes on"


def test_what_comes_with_the_request(hall, ada):
    with open_socket(hall.api, hall.id, ada, early=frame(PING, "early") + frame(TEXT, '{"type":"x","ref":1}')[:9]) as opened:
        assert opened.until_pong() == b"early"
        assert opened.status == 101


# ---- frames that are none ----

@pytest.mark.parametrize("data", AGAINST_THE_PROTOCOL, ids=lambda data: data[:12].hex())
def test_against_the_protocol(socket, data):
    socket.send(data)
    closed_with(socket, PROTOCOL)


@pytest.mark.parametrize("code", CLOSE_CODES)
def test_a_close_is_answered_with_its_code(socket, code):
    socket.say(CLOSE, close_payload(code, "Grund: \u00fc"))
    closed_with(socket, code)


def test_a_close_without_code(socket):
    socket.say(CLOSE)
    assert socket.closing().payload == b"" and socket.at_end()


def test_nothing_is_read_behind_a_close(socket):
    socket.send(frame(CLOSE, close_payload(1000)) + frame(PING, "late") + frame(TEXT, "{}"))
    assert socket.closing().code() == 1000 and socket.at_end()
    assert PONG not in [one.kind for one in socket.seen]


def test_binary_is_not_wanted(socket):
    socket.say(BINARY, b"\x00\x01")
    closed_with(socket, UNSUPPORTED)


# ---- text ----

@pytest.mark.parametrize("text", BAD_UTF8)
def test_text_that_is_not_utf8(socket, text):
    socket.say(TEXT, text)
    closed_with(socket, NOT_UTF8)


def test_a_reason_that_is_not_utf8(socket):
    socket.say(CLOSE, close_payload(1000, b"\xff"))
    closed_with(socket, NOT_UTF8)


def test_a_character_may_be_cut_by_fragments(socket):
    text = json.dumps({"type": "\U0001f600\u00fc", "ref": 1}, ensure_ascii=False).encode()
    for at in range(len(text)):
        socket.say(TEXT if not at else 0, text[at:at + 1], fin=at == len(text) - 1)
    assert socket.until(lambda got: got.get("ref") == 1)["detail"] == "Unknown action type: '\U0001f600\u00fc'"
    socket.send(frame(TEXT, b"\xf0\x9f", fin=False) + frame(0, b"\x98"))
    closed_with(socket, NOT_UTF8)


# ---- fragments and control frames ----

def test_fragments_with_control_frames_in_between(socket):
    text = json.dumps({"type": "nonsense", "ref": "whole"})
    socket.say(TEXT, text[:5], fin=False)
    socket.say(PING, "one")
    assert socket.until_pong() == b"one"
    socket.say(0, "", fin=False)
    socket.say(PING, "")
    assert socket.until_pong() == b""
    socket.say(PONG, "unasked")
    socket.say(0, text[5:])
    assert socket.answer() == {"ref": "whole", "status": 400, "detail": "Unknown action type: 'nonsense'"}


def test_frames_byte_by_byte(socket):
    for byte in frame(PING, "slowly") + frame(TEXT, json.dumps({"type": "x", "ref": 2})):
        socket.send(bytes([byte]))
    assert socket.until_pong() == b"slowly"
    assert socket.answer()["ref"] == 2


def test_many_frames_at_once(socket):
    socket.send(b"".join(frame(PING, str(i)) for i in range(1000)))
    got = [socket.until_pong() for _ in range(1000)]
    assert got == [str(i).encode() for i in range(1000)]


@pytest.mark.parametrize("payload", [b"", b"x", os.urandom(125)], ids=len)
def test_pongs_say_what_pings_did(socket, payload):
    socket.say(PING, payload)
    assert socket.until_pong() == payload


# ---- sizes ----

@pytest.mark.parametrize("n", [125, 126, 65535, 65536, 128 * 1024, 1024 * 1024])
def test_sizes_that_are_taken(socket, n):
    said = json.dumps({"ref": 3, "type": "x", "pad": ""})
    said = said[:-2] + "p" * (n - len(said)) + said[-2:]
    assert len(said) == n
    socket.say(TEXT, said)
    assert socket.answer()["ref"] == 3


def test_sizes_that_are_not(hall, ada):
    most = 1024 * 1024
    for data in (frame(TEXT, "x" * (most + 1)), frame(TEXT, "x" * 100, length=(64, 1 << 40)),
                 frame(TEXT, "x" * most, fin=False) + frame(0, "x"), frame(TEXT, "x" * 100, fin=False) + frame(0, "x" * 100, length=(64, most))):
        with open_socket(hall.api, hall.id, ada) as opened:
            opened.send(data)
            closed_with(opened, TOO_BIG)


# ---- pages of others ----

@pytest.fixture(scope="module")
def strict(start_module_server):
    """Only one origin may call; peers are asked every second whether they are there, and are given little."""
    server = start_module_server("--cors-origins", "https://class.example", "--ws-ping", "1", "--ws-silence", "3", "--request-timeout", "2",
                                 "--sse-backlog", "65536")
    return Room(server.api)


@pytest.mark.parametrize("origin, status", [
    (None, 101), ("https://class.example", 101), ("https://evil.example", 403), ("null", 403), ("http://class.example", 403),
    ("https://class.example.evil.example", 403), ("", 403),
])
def test_origins(strict, origin, status):
    with open_socket(strict.api, strict.id, strict.teacher, headers={"Origin": origin}) as opened:
        assert opened.status == status, opened.head


def test_our_own_pages(strict):
    for host, status in ((f"{strict.api.host}:{strict.api.port}", 101), (f"{strict.api.host}:1", 403)):
        with open_socket(strict.api, strict.id, strict.teacher, headers={"Origin": f"http://{host}"}) as opened:
            assert opened.status == status


# ---- silent and slow ----

def greeted(room, who, **more):
    opened = open_socket(room.api, room.id, who, **more)
    opened.expect("connected", "session_state")
    return opened


def test_the_server_asks_whether_we_are_there(strict):
    with greeted(strict, strict.student()) as opened:
        for _ in range(4):
            while (got := opened.next()).kind != PING:
                pass
            opened.say(PONG, got.payload)
        works(opened)


def test_who_does_not_answer_is_gone(strict):
    ben = strict.student()
    with strict.stream(strict.teacher) as stream, greeted(strict, ben) as opened:
        closing = opened.closing()
        assert (closing.code(), closing.reason()) == (GOING_AWAY, "no answer to pings")
        assert stream.until("participant_left").data["participant_id"] == strict.join(ben)


def test_a_message_must_come_in_time(strict):
    with greeted(strict, strict.student()) as opened:
        opened.say(TEXT, '{"type":', fin=False)
        while (got := opened.next()).kind != CLOSE:
            if got.kind == PING:
                opened.say(PONG, got.payload)
        assert got.code() == POLICY


def test_a_slow_reader_is_told_and_stops_nobody(strict):
    ben = strict.student()
    with greeted(strict, ben, receive_buffer=4096) as slow, greeted(strict, strict.student()) as quick:
        sent, gone = 0, False
        while not gone:
            text = f"{sent} " + "\U0001d11e" * 1990
            strict.act(strict.teacher, "chat", text=text)
            while (got := quick.text()).get("event") != "chat":
                gone = gone or got.get("event") == "participant_left"
            assert got["data"]["text"] == text
            sent += 1
            assert sent < 5000
        closing = slow.closing()
        assert (closing.code(), closing.reason()) == (SLOW, "too far behind, come back with the last id")
        assert slow.at_end()


def test_pings_of_a_slow_reader_are_answered_once(strict):
    """Whoever takes no answer costs no memory: of the pings that wait only the last is answered."""
    with greeted(strict, strict.student(), receive_buffer=4096) as slow:
        slow.socket.settimeout(60)
        big = json.dumps({"type": "x" * 100, "ref": "y" * 60000})
        for _ in range(200):
            slow.say(TEXT, big)
        for i in range(20000):
            slow.say(PING, str(i))
        slow.socket.settimeout(slow.timeout)
        pongs = []
        while not pongs or pongs[-1] != b"19999":
            got = slow.next()
            if got.kind == CLOSE:
                assert got.code() == SLOW
                break
            if got.kind == PONG:
                pongs.append(got.payload)
        assert len(pongs) < 20000
