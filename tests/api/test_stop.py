"""SIGTERM: the server finishes what it has answered, ends the streams in order, and exits with 0 in bounded time."""
import time
from concurrent.futures import ThreadPoolExecutor

from classroom import Room, ok
from client import Stream, wait_until
from crowd import Crowd, Posters, check_law


def test_stop_under_load(start_server):
    server = start_server()
    room = Room(server.api)
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda _: room.student(), range(30)))
        pids = list(pool.map(room.join, people))
    with Crowd(room, people) as crowd, Posters(server, room, people[:8], pids) as posters:
        crowd.wait_connected()
        posters.wait_more(15)
        began = time.monotonic()
        server.terminate()
        assert server.wait() == 0, server.stderr()[-4000:]
        assert time.monotonic() - began < 15
        wait_until(lambda: all(one.orderly_ends or one.socket is None or one.connects for one in crowd.listeners))
        assert [one.who.id for one in crowd.listeners if one.orderly_ends == 0] == [], "streams broken off"
        server.check()
        server.start()
        crowd.wait_connected(2)
        posters.wait_more(5)
        posters.stop()
        check_law(server.database(), room, crowd, posters)


def test_stop_does_not_wait_for_the_lazy(start_server):
    """An idle connection, half a request, and a stream whose reader has stopped reading."""
    server = start_server("--drain-time", 3)
    room = Room(server.api)
    idle, half = server.api.connect(), server.api.connect()
    idle.request("GET", "/livez")
    half.send(b"POST /sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    stream = Stream(server.api, room.id, room.student(), receive_buffer=2048)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 10
    for one in (idle, half, stream):
        one.close()


def test_a_stop_keeps_the_room_as_it_was(start_server):
    server = start_server()
    room = Room(server.api)
    student = room.student()
    stream = room.stream(student)
    room.act(student, "raise_hand")
    stream.expect("hand_raised")
    server.terminate()
    stream.rest()
    assert server.wait() == 0
    server.start()
    with Stream(server.api, room.id, student, last_id=stream.last_id) as again:
        state = again.expect("connected", "session_state")[1]
        pid = str(again.seen[0].data["participant_id"])
        assert state.data["participants"][pid]["user_id"] == student.id
        again.until("resumed")
        assert [frame.event for frame in again.seen if frame.event == "reset"] == []
    assert ok(server.api.get("/sessions/active", room.teacher))[0]["session_id"] == room.id
    stream.close()


def test_a_second_signal_stops_in_the_middle_of_everything(start_server):
    """Passwords are being hashed, streams are open, somebody waits for a room: nothing of it may be touched afterwards."""
    server = start_server("--bcrypt-cost", 12)
    room = Room(server.api)
    stream = room.stream(room.student())
    waiting = [server.api.connect() for _ in range(8)]
    for n, one in enumerate(waiting):
        body = b'{"name":"A","phone_number":"77777777%02d","password":"pass123","role":"student"}' % n
        one.send(b"POST /auth/register HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    for _ in range(8):
        ok(server.api.get("/livez"))
    server.terminate()
    stream.rest()
    server.terminate()
    server.wait()
    server.check()
    for one in waiting:
        one.close()
