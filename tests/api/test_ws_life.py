"""Sockets in the life of the server: other clients, a crash, a drain, tokens that end, and what operators see of them."""
import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import websockets

from admin import Operator
from classroom import Room, ok
from sockets import TEXT, frame, open_socket, session_target

GOING_AWAY = 1001


@pytest.fixture(scope="module")
def own(start_module_server):
    """A server of this module's own, whose rings are short: what was missed comes from the log too."""
    server = start_module_server("--room-ring", "16", "--sse-retry", "100", "--ws-message", "131072")
    return server, Operator(server), Room(server.api)


def greeted(room, who, last_id=None, **more):
    opened = open_socket(room.api, room.id, who, last_id=last_id, **more)
    assert opened.status == 101, opened.head
    opened.expect("connected", "session_state")
    return opened


# ---- another client ----

def test_the_package_websockets_holds_a_conversation(own):
    server, _, room = own
    ada = room.student()

    async def converse():
        async with websockets.connect(f"ws://{server.api.host}:{server.api.port}{session_target(room.id, ada)}", max_size=None) as socket:
            assert socket.subprotocol is None and not socket.extensions
            assert json.loads(await socket.recv())["event"] == "connected"
            await (await socket.ping(b"there?"))
            await socket.send(json.dumps({"type": "chat", "text": "x" * 2000, "ref": 1}))
            await socket.send('{"type":"raise_hand","ref":2}')

            async def pieces():
                for piece in ('{"type":"lower', '_hand",', '"ref":3}'):
                    yield piece

            await socket.send(pieces())
            answers = {}
            while len(answers) < 3:
                got = json.loads(await socket.recv())
                if "ref" in got:
                    answers[got["ref"]] = got["status"]
            assert answers == {1: 200, 2: 200, 3: 200}
            await socket.send(b"\x00")
            with pytest.raises(websockets.ConnectionClosed) as ended:
                while True:
                    await socket.recv()
            assert ended.value.rcvd.code == 1003

    asyncio.run(asyncio.wait_for(converse(), 60))


# ---- a crash ----

def test_nothing_is_lost_over_a_crash(own):
    """Every event that was committed is heard once, by numbers without a hole, in a row over kills and resumes."""
    server, _, room = own
    ada, ben = room.student(), room.student()
    heard, last = [], None
    for life in range(3):
        socket = greeted(room, ada, last_id=last)
        if last:
            heard += before(socket, lambda got: got["event"] == "resumed")
        for i in range(20):
            ok(room.action(room.teacher, "chat", text=f"{life}-{i}"))
        heard += before(socket, lambda got: got["event"] == "chat" and got["data"]["text"] == f"{life}-9")
        last = [got["id"] for got in heard if "id" in got][-1]
        server.kill()
        socket.close()
        server.start()
        ok(room.action(room.teacher, "chat", text=f"after {life}"))
        with greeted(room, ben):
            pass
    with greeted(room, ada, last_id=last) as socket:
        heard += before(socket, lambda got: got["event"] == "resumed")
    texts = [got["data"]["text"] for got in heard if got["event"] == "chat"]
    assert texts == [text for life in range(3) for text in [*(f"{life}-{i}" for i in range(20)), f"after {life}"]]
    numbers = [int(got["id"].split("-")[1]) for got in heard if "id" in got]
    assert numbers == sorted(set(numbers)), "none twice"


def before(socket, fits):
    """What is told up to the first that fits, this one too."""
    told = []
    while True:
        told.append(socket.text())
        if fits(told[-1]):
            return told


# ---- drain, tokens ----

def test_sockets_are_told_that_the_server_goes(own):
    server, admin, room = own
    with ThreadPoolExecutor(8) as pool:
        sockets = [greeted(room, who) for who in pool.map(lambda _: room.student(), range(6))]
    assert admin("drain", "--batch", 2, "--every", 50)["streams"] >= len(sockets)
    for socket in sockets:
        closing = socket.closing()
        assert (closing.code(), closing.reason()) == (GOING_AWAY, "the server goes")
        assert socket.at_end()
    with open_socket(room.api, room.id, room.teacher) as refused:
        assert refused.status == 503 and refused.headers["retry-after"]
    admin("undrain")
    with greeted(room, room.teacher) as again:
        again.act("lower_all_hands", ref=1)
        assert again.answer()["status"] == 200


def test_a_stop_closes_them_in_order(start_server):
    server = start_server()
    room = Room(server.api)
    with greeted(room, room.student()) as socket:
        socket.say(TEXT, '{"type":"nonsense","ref":1}')
        socket.answer()
        server.terminate()
        assert socket.closing().code() == GOING_AWAY and socket.at_end()
        server.wait()


# ---- what operators see ----

def test_operators_see_them(own):
    server, admin, room = own
    ada = room.student()
    with greeted(room, ada) as socket:
        workers = admin("workers")
        assert sum(row["sockets"] for row in workers) == 1
        row, = [row for row in admin("conns") if row["kind"] == "ws" and row["user_id"] == ada.id]
        assert row["doing"] == "GET /ws/sessions/{session_id:int32}"
        admin("conn", row["id"], "kill")
        assert socket.at_end()


def test_the_limit_of_a_message_is_a_parameter(own):
    _, _, room = own
    with greeted(room, room.student()) as socket:
        socket.send(frame(TEXT, "x" * 131073))
        assert socket.closing().code() == 1009


def test_a_client_that_vanishes_in_the_middle_leaves_nothing(own):
    """Whatever it was about: half a frame, actions under way, a message that waits."""
    _, admin, room = own
    for data in (frame(TEXT, "x" * 1000)[:20], frame(TEXT, "x", fin=False), b"".join(frame(TEXT, '{"type":"raise_hand"}') for _ in range(200))):
        who = room.student()
        with greeted(room, who) as socket:
            socket.send(data)
            socket.reset()
        with greeted(room, who) as again:
            again.act("lower_hand", ref=1)
            assert again.answer()["status"] == 200
