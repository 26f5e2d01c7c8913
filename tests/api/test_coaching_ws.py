"""The socket of a coaching session (coaching contract, section 11): who gets in, what is told, the rules, the window, bad frames, RFC 6455."""
import json
import time
from contextlib import ExitStack

import pytest

from client import wait_until
from coaching import Account, account, couple, relate, signed
from coaching_rooms import CALM, FAST, SLOW, begin, connect, finalize, frames, hear, last, measure, nudge, nudges, session_path
from sockets import BINARY, CLOSE, PING, PONG, TEXT, Socket, close_payload, frame

PAUSE = "Consider pausing to let the other person speak."
WINDOW = 3600  # so long that no test outlives it


@pytest.fixture(scope="module")
def listening(start_module_server):
    """A server that keeps all frames: what has been stored has been judged."""
    return start_module_server("--store-frames", "--nudge-rate-limit-seconds", WINDOW)


@pytest.fixture(scope="module")
def api(listening):
    return listening.api


@pytest.fixture(scope="module")
def two(api):
    return couple(api)


@pytest.fixture
def sid(listening, two):
    return begin(listening, two.id, two.ada, two.ben)


def judged(server, sid, n):
    """So many frames have come to the session's room, and what they caused is on disk."""
    wait_until(lambda: len(frames(server, sid)) >= n, what=f"{n} frames")
    return nudges(server, sid)


# ---- who gets in ----

def refused(api, target, headers=None):
    with Socket(api, target, headers) as socket:
        assert socket.status == 403, (target, socket.head)
        assert isinstance(socket.body()["detail"], str)


def test_who_is_refused_before_the_upgrade(listening, api, two, sid):
    stranger, other = account(api), begin(listening, two.id, two.ada)
    over = begin(listening, two.id, two.ada)
    assert finalize(api, over, two.ada).json() == {"ok": True}
    for base in ("/v1/sessions", "/v1/interaction/sessions"):
        refused(api, f"{base}/{sid}/ws")
        for token in ("", "nonsense", two.ada.refresh, two.ada.token[:-2] + "xx"):
            refused(api, f"{base}/{sid}/ws?token={token}")
        refused(api, session_path(sid, stranger, base))
        refused(api, session_path(other, two.ben, base))
        refused(api, session_path(over, two.ada, base))
        for odd in ("unknown", "7", "-1", "'%20or%20''='", "x" * 200):
            refused(api, session_path(odd, two.ada, base))
    assert api.get(session_path(sid, two.ada)).status == 426


def test_who_gets_in(api, two, sid):
    for origin in ("capacitor://localhost", "https://evil.example", "null"):
        with connect(api, sid, two.ada, headers={"Origin": origin}):
            pass
    with Socket(api, session_path(sid, two.ada, "/v1/interaction/sessions")) as socket:
        assert socket.text()["type"] == "server.session_state"
    with Socket(api, session_path(sid), {"Authorization": f"bearer {two.ada.token}"}) as socket:
        assert socket.text()["type"] == "server.session_state"
    with Socket(api, session_path(sid) + "?token=" + two.ada.token.replace(".", "%2E")) as socket:
        assert socket.text()["type"] == "server.session_state"


def test_a_token_that_ends_meanwhile_ends_no_socket(listening, api, two, sid):
    with open(f"{listening.data}/coaching_secret_key", encoding="ascii") as key:
        ends = signed(key.read().strip(), {"sub": two.ada.id, "type": "access", "exp": int(time.time()) + 4})
    brief = Account(two.ada.id, two.ada.email, two.ada.name, ends, "")
    with connect(api, sid, brief) as socket:
        wait_until(lambda: api.get("/v1/users/me", token=ends).status == 401, what="the end of the token")
        measure(socket, sid, FAST)
        assert nudge(socket) == SLOW
    refused(api, session_path(sid, brief))


def test_an_account_that_is_closed_is_out(listening, api):
    ada, ben = account(api), account(api)
    sid = begin(listening, relate(api, ada, ben), ada, ben)
    with connect(api, sid, ada) as hers, connect(api, sid, ben) as his:
        listening.database().text(f"update coaching.users set is_active = false where id = '{ada.id}'")
        assert last(hers)[0][0] == 1013
        refused(api, session_path(sid, ada))
        measure(his, sid, FAST)
        assert nudge(his) == SLOW


# ---- what is told ----

def test_all_are_told_who_takes_part_whenever_somebody_connects(listening, api, two):
    sid = begin(listening, two.id, two.ben, two.ada)
    state = {"type": "server.session_state", "sid": sid, "payload": {"sid": sid, "participants": [two.ben.id, two.ada.id]}}
    with Socket(api, session_path(sid, two.ada)) as hers:
        assert hers.text() == state, "all who are invited, whoever is there"
        with Socket(api, session_path(sid, two.ben)) as his, Socket(api, session_path(sid, two.ben)) as phone:
            assert [hers.text(), hers.text(), his.text(), phone.text()] == [state] * 4


def test_who_comes_amid_nudges_hears_first_who_takes_part(listening, api, two, sid):
    assert listening.admin("config", "set", "nudge-rate-limit-seconds", 0).returncode == 0
    try:
        with connect(api, sid, two.ada) as hers:
            for _ in range(20):
                for _ in range(4):
                    measure(hers, sid, FAST)
                connect(api, sid, two.ben).close()
            assert [nudge(hers) for _ in range(80)] == [SLOW] * 80
        assert [row["seq"] for row in nudges(listening, sid)] == list(range(1, 81))
    finally:
        assert listening.admin("config", "set", "nudge-rate-limit-seconds", WINDOW).returncode == 0


@pytest.mark.parametrize("rate, overlap, told", [
    (3.25, 0, ("SLOW_DOWN", 1, SLOW["message"])), (4.2, 0.3, ("SLOW_DOWN", 2, SLOW["message"])), (4.75, 0, ("SLOW_DOWN", 3, SLOW["message"])),
    (43, 0, ("SLOW_DOWN", 3, SLOW["message"])), (0, 0.35, ("PAUSE", 1, PAUSE)), (9, 0.55, ("PAUSE", 2, PAUSE)), (3, 0.65, ("PAUSE", 3, PAUSE)),
    (4, 0, ("SLOW_DOWN", 2, SLOW["message"]))])
def test_a_nudge_is_told_to_all(listening, api, two, sid, rate, overlap, told):
    with connect(api, sid, two.ada) as hers, connect(api, sid, two.ben) as his:
        assert hers.text()["type"] == "server.session_state"
        measure(hers, sid, {"timestamp_ms": 1700000000000, "speaking_rate": rate, "overlap_ratio": overlap}, extra=[{}])
        expected = {"type": "server.nudge", "sid": sid, "payload": dict(zip(("nudge_type", "intensity", "message"), told))}
        assert hers.text() == his.text() == expected
        assert [(row["user_id"], row["nudge_type"], row["payload"]) for row in nudges(listening, sid)] == [(two.ada.id, told[0], expected["payload"])]


def test_one_nudge_in_a_window_for_all_sockets_of_a_sender(listening, api, two, sid):
    other = begin(listening, two.id, two.ada)
    with connect(api, sid, two.ada) as hers, connect(api, sid, two.ada) as phone, connect(api, sid, two.ben) as his:
        for i in range(20):
            measure(hers, sid, CALM)  # takes no place
        measure(hers, sid, {})
        assert judged(listening, sid, 21) == []
        for socket in (hers, phone, hers, phone):
            measure(socket, sid, FAST)
        assert [row["user_id"] for row in judged(listening, sid, 25)] == [two.ada.id]
        measure(his, sid, FAST)
        assert [row["user_id"] for row in judged(listening, sid, 26)] == [two.ada.id, two.ben.id]
        assert [nudge(one) for one in (hers, phone, his)] == [SLOW] * 3 and [nudge(one) for one in (hers, phone, his)] == [SLOW] * 3
    with connect(api, sid, two.ada) as again, connect(api, other, two.ada) as elsewhere:
        measure(again, sid, FAST)
        assert len(judged(listening, sid, 27)) == 2, "coming back changes nothing"
        measure(elsewhere, other, FAST)
        assert nudge(elsewhere) == SLOW


def test_thresholds_and_the_window_change_while_it_runs(listening, api, two, sid):
    def say(name, value):
        done = listening.admin("config", "set", name, value)
        assert done.returncode == 0, done.stderr
    with connect(api, sid, two.ada) as socket:
        try:
            say("speaking-rate-threshold", 9.5)
            measure(socket, sid, FAST)
            assert judged(listening, sid, 1) == []
            say("speaking-rate-threshold", 1.5)
            say("overlap-ratio-threshold", 0.05)
            measure(socket, sid, {"speaking_rate": 2})
            assert nudge(socket) == {**SLOW, "intensity": 1}
            say("nudge-rate-limit-seconds", 1)

            def told():
                measure(socket, sid, {"overlap_ratio": 0.1})
                return len(nudges(listening, sid)) == 2
            wait_until(told, what="the next window")
            assert nudge(socket) == {"nudge_type": "PAUSE", "intensity": 1, "message": PAUSE}
            gap = listening.database().text(f"select max(created_at) - min(created_at) >= '0.99 s' from coaching.nudge_events where session_id = '{sid}'")
            assert gap == "t"
        finally:
            say("speaking-rate-threshold", 3)
            say("overlap-ratio-threshold", 0.3)
            say("nudge-rate-limit-seconds", WINDOW)


def test_frames_are_kept_before_they_are_judged_and_only_if_that_is_wanted(listening, api, two, sid):
    with connect(api, sid, two.ada) as socket:
        measure(socket, sid, {"timestamp_ms": 1700000000123, "speaking_rate": 2, "overlap_ratio": 0.25})
        measure(socket, sid, {"speaking_rate": 9.5})
        judged(listening, sid, 2)
        assert listening.admin("config", "set", "store-frames", "false").returncode == 0
        try:
            other = begin(listening, two.id, two.ada)
            with connect(api, other, two.ada) as elsewhere:
                measure(elsewhere, other, FAST)
                assert nudge(elsewhere) == SLOW
            assert frames(listening, other) == []
        finally:
            assert listening.admin("config", "set", "store-frames", "true").returncode == 0
    assert frames(listening, sid) == [{"user_id": two.ada.id, "timestamp_ms": 1700000000123, "speaking_rate": 2, "overlap_ratio": 0.25},
                                      {"user_id": two.ada.id, "timestamp_ms": 0, "speaking_rate": 9.5, "overlap_ratio": 0}]


def test_a_flood_of_frames_is_thinned_without_a_word(listening, api, two, sid):
    with connect(api, sid, two.ada) as socket:
        one = frame(TEXT, json.dumps({"type": "client.feature_frame", "sid": sid, "payload": CALM}))
        socket.send(one * 1000)

        def later():
            measure(socket, sid, {"timestamp_ms": 7})
            return any(row["timestamp_ms"] == 7 for row in frames(listening, sid))
        wait_until(later, what="a frame of a later second")
        assert 100 <= sum(row["timestamp_ms"] == 1 for row in frames(listening, sid)) < 1000
        measure(socket, sid, FAST, type="other")
        assert socket.text()["payload"]["message"] == "Invalid message type"


# ---- bad frames ----

def text_of(own, **changes):
    said = {"type": "client.feature_frame", "sid": own, "payload": CALM, **changes}
    return json.dumps({name: value for name, value in said.items() if value is not ...})


TYPE, OTHER, OBJECT = "Invalid message type", "Session ID mismatch", "payload must be an object"


@pytest.mark.parametrize("changes, message", [
    ({"type": "client.other"}, TYPE), ({"type": ...}, TYPE), ({"type": None}, TYPE), ({"type": 7, "sid": "x", "payload": 7}, TYPE),
    ({"sid": "x", "payload": 7}, OTHER), ({"sid": ...}, OTHER), ({"sid": 7}, OTHER), ({"payload": 7}, OBJECT), ({"payload": []}, OBJECT),
    ({"payload": "x"}, OBJECT), ({"payload": None}, OBJECT), ({"payload": ...}, OBJECT)])
def test_what_cannot_be_used_is_told_to_its_sender(listening, api, two, sid, changes, message):
    bad(listening, api, two, sid, TEXT, text_of(sid, **changes), message)


@pytest.mark.parametrize("name, value", [
    (name, value) for name in ("timestamp_ms", "speaking_rate", "overlap_ratio") for value in ('"1"', "true", "null", "[]", "{}", "-1", "1e300")]
    + [("timestamp_ms", "1.5"), ("speaking_rate", "1000.5"), ("overlap_ratio", "1.01")])
def test_numbers_are_checked(listening, api, two, sid, name, value):
    bad(listening, api, two, sid, TEXT, text_of(sid, payload={name: "HERE"}).replace('"HERE"', value), lambda told: told.startswith(name))


@pytest.mark.parametrize("kind, text", [
    (TEXT, "{not json"), (TEXT, ""), (TEXT, "null"), (TEXT, "[1]"), (TEXT, '"text"'), (TEXT, "ping"), (TEXT, '{"a":NaN}'), (TEXT, "[" * 5000),
    (TEXT, '{"type":"client.feature_frame","payload":{"speaking_rate":1e999}}'), (TEXT, '{"timestamp_ms":123456789012345678901234567890}'),
    (BINARY, b"\0\1"), (BINARY, b"{}"), (TEXT, "x" * 65536)])
def test_what_is_no_message_is_told_too(listening, api, two, sid, kind, text):
    bad(listening, api, two, sid, kind, text, lambda told: told in ("A message must be a JSON object", "A message must be text"))


def bad(listening, api, two, sid, kind, text, message):
    with connect(api, sid, two.ada) as hers, connect(api, sid, two.ben) as his:
        assert hers.text()["type"] == "server.session_state"
        hers.say(kind, text)
        told = hers.text()
        says = told["payload"].pop("message")
        assert told == {"type": "server.error", "sid": sid, "payload": {"code": "BAD_REQUEST"}}
        assert message(says) if callable(message) else says == message, says
        measure(hers, sid, FAST)
        assert hers.text()["type"] == his.text()["type"] == "server.nudge", "it goes on, and nobody else heard of it"
    assert len(nudges(listening, sid)) == 1 and len(frames(listening, sid)) == 1


# ---- RFC 6455 ----

@pytest.mark.parametrize("bytes_, code", [
    (frame(TEXT, "{}", mask=False), 1002), (frame(TEXT, "{}", rsv=4), 1002), (frame(3, "x"), 1002), (frame(11), 1002), (frame(PING, "x" * 126), 1002),
    (frame(PING, fin=False), 1002), (frame(0, "x"), 1002), (frame(TEXT, "{", fin=False) + frame(TEXT, "}"), 1002), (frame(TEXT, b"\xff"), 1007),
    (frame(TEXT, "x" * 65537), 1009), (frame(TEXT, "x", length=(64, 1 << 40)), 1009), (frame(TEXT, "x" * 40000, fin=False) + frame(0, "x" * 40000), 1009),
    (frame(BINARY, b"x" * 65537), 1009), (frame(CLOSE, close_payload(1000, "bye")), 1000), (frame(CLOSE, close_payload(4711)), 4711),
    (frame(CLOSE, close_payload(1005)), 1002), (frame(CLOSE, b"x"), 1002), (frame(CLOSE), None)])
def test_a_client_that_does_what_it_may_not_is_told_why(listening, api, two, sid, bytes_, code):
    with connect(api, sid, two.ben) as his:
        with connect(api, sid, two.ada) as hers:
            hers.send(bytes_)
            assert hers.closing().code() == code
            assert hers.at_end()
        assert his.text()["type"] == "server.session_state"
        measure(his, sid, FAST)
        assert nudge(his) == SLOW, "others are not disturbed"


def test_pings_are_answered_between_fragments(api, two, sid):
    text = text_of(sid, payload=FAST)
    with connect(api, sid, two.ada) as socket:
        socket.send(frame(TEXT, text[:9], fin=False) + frame(PING, "here") + frame(0, text[9:20], fin=False))
        assert socket.until_pong() == b"here"
        socket.send(frame(PONG, "unasked") + frame(0, text[20:]))
        assert nudge(socket) == SLOW


def test_the_heartbeat_by_its_documented_names(start_server):
    server = start_server(environment={"WEBSOCKET_HEARTBEAT_INTERVAL": "1", "WEBSOCKET_TIMEOUT": "3", "SR_THRESHOLD": "2.0", "OR_THRESHOLD": "0.25"})
    two = couple(server.api)
    sid = begin(server, two.id, two.ada, two.ben)
    with connect(server.api, sid, two.ada) as answers, connect(server.api, sid, two.ada) as talks, connect(server.api, sid, two.ben) as silent, \
            hear(server.api, two.ben) as deaf:
        measure(answers, sid, {"speaking_rate": 2.3})
        assert nudge(answers) == {**SLOW, "intensity": 1}
        while (got := silent.next()).kind != CLOSE:
            if got.kind == PING:
                while (beat := answers.next()).kind != PING:
                    pass
                answers.say(PONG, beat.payload)
                measure(talks, sid, CALM)
        assert got.code() == 1001
        assert deaf.closing().code() == 1001, "a person's socket likewise"
        for who in (answers, talks):
            measure(who, sid, {"overlap_ratio": 7})
            assert who.until(lambda told: told["type"] == "server.error"), "who answers stays, and who says anything"


def test_sockets_hold_no_connection_to_the_database(listening, api, two, sid):
    """Contract, section 12, number 16."""
    connections = "select count(*) as n, count(*) filter (where state like 'idle in transaction%') as held from pg_stat_activity where application_name like 'lectern%'"
    with ExitStack() as stack:
        opened = [stack.enter_context(connect(api, sid, two.ada)) for _ in range(25)] + [stack.enter_context(hear(api, two.ben)) for _ in range(25)]
        for one in opened[:25]:
            one.say(PING, "there")
            assert one.until_pong() == b"there"
        after = listening.database().one(connections)
        assert after["n"] < 25 and after["held"] == 0


# ---- the end, in the middle ----

def test_windows_and_nudges_outlive_the_process(start_server):
    server = start_server("--store-frames", "--nudge-rate-limit-seconds", WINDOW)
    two = couple(server.api)
    sid = begin(server, two.id, two.ada, two.ben)
    heard = 0
    with connect(server.api, sid, two.ada) as hers:
        measure(hers, sid, FAST)
        heard += nudge(hers) == SLOW
        for _ in range(50):
            measure(hers, sid, FAST)
        server.kill()
    server.start()
    with connect(server.api, sid, two.ada) as hers, connect(server.api, sid, two.ben) as his:
        before = len(frames(server, sid))
        measure(hers, sid, FAST)
        assert [row["user_id"] for row in judged(server, sid, before + 1)] == [two.ada.id]
        measure(his, sid, {"overlap_ratio": 0.9})
        heard += nudge(hers)["nudge_type"] == "PAUSE"
        assert finalize(server.api, sid, two.ben).status == 200
        assert last(hers)[0] == (1000, "session ended")
    server.kill()
    server.start()
    assert [(row["nudge_type"], row["seq"]) for row in nudges(server, sid)] == [("SLOW_DOWN", 1), ("PAUSE", 2)] and heard == 2
    refused(server.api, session_path(sid, two.ada))
    assert finalize(server.api, sid, two.ada).json() == {"ok": True}
