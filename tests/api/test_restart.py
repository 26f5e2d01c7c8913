"""Kill -9 of the server and of the database under load: what was answered stays; no stream loses or repeats."""
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from classroom import Room, hears_only, is_stamp, login, ok, person, register
from client import Stream, consecutive, wait_until
from crowd import Crowd, Posters, check_law, check_posts
from launch import outside_server, postmaster

ROUNDS = int(os.environ.get("LECTERN_CRASH_ROUNDS", "2"))
STREAMS, POSTERS = 50, 8
RECOVERY = 7


def gather(api):
    """A room with its students and their participant ids."""
    room = Room(api)
    with ThreadPoolExecutor(8) as pool:
        people = list(pool.map(lambda _: room.student(), range(STREAMS)))
        pids = list(pool.map(room.join, people))
    return room, people, pids


def test_kill_of_the_server(start_server):
    server = start_server()
    room, people, pids = gather(server.api)
    with Crowd(room, people) as crowd, Posters(server, room, people[:POSTERS], pids) as posters:
        crowd.wait_connected()
        for turn in range(ROUNDS):
            posters.wait_more(15)
            server.kill()
            server.start()
            posters.wait_more(10)
            crowd.wait_connected(turn + 2)
        posters.stop()
        check_law(server.database(), room, crowd, posters)


def test_kill_with_several_rooms(start_server):
    """Rooms on different workers, each with its own order; people who are in all of them."""
    server = start_server("--room-ring", 16)
    people = [person(server.api) for _ in range(6)]
    rooms = [Room(server.api) for _ in range(4)]
    with ExitStack() as stack:
        crowds = [stack.enter_context(Crowd(room, people)) for room in rooms]
        posters = [stack.enter_context(Posters(server, room, people[:2], [room.join(who) for who in people[:2]]))
                   for room in rooms]
        for crowd in crowds:
            crowd.wait_connected()
        for turn in range(ROUNDS):
            for one in posters:
                one.wait_more(5)
            server.kill()
            server.start()
        for one in posters:
            one.wait_more(5)
            one.stop()
        for at, room in enumerate(rooms):
            check_law(server.database(), room, crowds[at], posters[at])


def outage(server, room, people, pids, stop, resume):
    """Rounds of: load, database gone, 503s, database back, load again; the server itself keeps running."""
    with Crowd(room, people) as crowd, Posters(server, room, people[:POSTERS], pids) as posters:
        crowd.wait_connected()
        for _ in range(ROUNDS):
            posters.wait_more(15)
            refusals = posters.unavailable()
            stop()
            wait_until(lambda: all(now >= then + 3 for now, then in zip(posters.unavailable(), refusals)), 20,
                       what="three times 503 for every poster")
            assert server.api.get("/livez").status == 200
            resume()
            posters.wait_more(10, timeout=RECOVERY)
        posters.stop()
        assert server.running()
        check_law(server.database(), room, crowd, posters)


def test_crash_of_an_outside_database(cluster):
    server = outside_server(cluster, "--write-wait", 500, scheme="postgresql+asyncpg")
    server.database = lambda: cluster.database
    try:
        server.start()
        room, people, pids = gather(server.api)
        outage(server, room, people, pids, cluster.stop, cluster.start)
        server.stop()
    finally:
        server.remove()


def test_crash_of_the_private_database(start_server):
    """The server starts it again by itself, perhaps so soon that nobody sees a 503."""
    server = start_server("--write-wait", 500)
    room, people, pids = gather(server.api)
    with Crowd(room, people) as crowd, Posters(server, room, people[:POSTERS], pids) as posters:
        crowd.wait_connected()
        for _ in range(ROUNDS):
            posters.wait_more(15)
            pid = postmaster(server.data)[0]
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: (now := postmaster(server.data)) and now[0] != pid, 30, what="a new postmaster")
            posters.wait_more(10, timeout=RECOVERY)
        posters.stop()
        assert server.running()
        check_law(server.database(), room, crowd, posters)


def test_cut_connections(cluster):
    """The database lives, but ends all connections at any moment: what was being committed may or may not be."""
    server = outside_server(cluster)
    server.database = lambda: cluster.database
    cut = ("select count(pg_terminate_backend(pid)) from pg_stat_activity "
           "where datname = 'lectern' and pid <> pg_backend_pid()")
    try:
        server.start()
        room, people, pids = gather(server.api)
        with Crowd(room, people) as crowd, Posters(server, room, people[:POSTERS], pids) as posters:
            crowd.wait_connected()
            for turn in range(4 * ROUNDS):
                posters.wait_more(turn + 1)
                assert int(cluster.database.text(cut)) >= 2
            posters.wait_more(10, timeout=RECOVERY)
            posters.stop()
            check_law(cluster.database, room, crowd, posters)
        server.stop()
    finally:
        server.remove()


def test_hang_of_the_database(cluster):
    """The database stops answering without a word: bounded waits, then all is as if it had been away."""
    server = outside_server(cluster, "--write-wait", 500, "--statement-timeout", 1000, "--answer-timeout", 3,
                            "--sse-keepalive", 1)
    server.database = lambda: cluster.database
    try:
        server.start()
        room, people, pids = gather(server.api)
        with Crowd(room, people) as crowd, Posters(server, room, people[:POSTERS], pids) as posters:
            crowd.wait_connected()
            posters.wait_more(15)
            before = posters.unavailable()
            cluster.pause()
            wait_until(lambda: all(now > then for now, then in zip(posters.unavailable(), before)), 20,
                       what="a 503 for every poster")
            assert server.api.get("/livez").status == 200
            cluster.resume()
            posters.wait_more(10, timeout=2 * RECOVERY)
            posters.stop()
            check_law(cluster.database, room, crowd, posters)
        server.stop()
    finally:
        cluster.resume()
        server.remove()


def test_reads_and_sign_in_come_back_too(cluster):
    server = outside_server(cluster, "--write-wait", 500, "--answer-timeout", 2)
    try:
        server.start()
        api = server.api
        room = Room(api)
        pid = room.join(room.student())
        cluster.stop()
        for answer in (api.get(room.path("/logs"), room.teacher), api.get("/sessions/active", room.teacher),
                       api.post("/sessions", room.teacher, json={"title": "no"}), room.mute(pid)):
            assert answer.status == 503 and answer.header("retry-after"), answer
        cluster.start()
        wait_until(lambda: api.get("/sessions/active", room.teacher).status == 200, 10, what="reads")
        wait_until(lambda: room.mute(pid).status == 200, 10, what="writes")
        wait_until(lambda: register(api, "teacher").status == 200, 10, what="sign-up")  # by a worker that may be later
        wait_until(lambda: login(api, room.teacher.phone).status == 200, 10, what="sign-in")
        server.stop()
    finally:
        server.remove()


# --- a session goes on where it was


@pytest.fixture
def lived(start_server):
    """A server with a room of every state, then killed and started anew: (server, room, pids, stream ids before)."""
    server = start_server()
    room = Room(server.api)
    ann, ben, cem = room.student("Ann"), room.student("Ben"), room.student("Cem")
    pids = {who.name: room.join(who) for who in (ann, ben, cem)}
    stream = room.stream(ann)
    room.act(ben, "raise_hand")
    ok(room.mute(pids["Ben"]))
    ok(room.kick(pids["Cem"]))
    room.act(room.teacher, "chat", text="before")
    stream.until("chat")
    before = stream.last_id, room.logs(), room.history(), room.state()
    server.kill()
    server.start()
    yield room, (ann, ben, cem), pids, before
    stream.close()


def test_a_room_is_rebuilt(lived):
    room, (ann, ben, cem), pids, (last_id, logs, history, state) = lived
    assert room.history() == history
    key = lambda one: one["id"]
    assert sorted(room.state()["participants"], key=key) == sorted(state["participants"], key=key)
    old = {row["log_id"] for row in logs}
    assert [row for row in room.logs() if row["log_id"] in old] == logs
    assert room.action(cem, "raise_hand").status == 403
    assert room.join(ben) == pids["Ben"]
    assert hears_only(room, cem)["type"] == "kicked"
    with Stream(room.api, room.id, ann, last_id=last_id) as stream:
        first = stream.expect("connected", "session_state")[1]
        assert first.id is None
        entry = first.data["participants"][str(pids["Ben"])]
        assert entry["is_muted"] is True and entry["raised_hand"] is True
        resumed = stream.until("resumed")
        assert consecutive(stream.seen)[0] == int(last_id.rsplit("-", 1)[1]) + 1
        assert resumed.epoch == last_id.rsplit("-", 1)[0]
        room.act(ben, "lower_hand")
        assert stream.expect("hand_lowered").seq == resumed.seq + 1


def test_ids_go_on_after_a_restart(lived):
    room, (_, ben, _), pids, (_, logs, history, _) = lived
    message = ok(room.chat(ben, pids["Ben"], "after"))
    assert message["message_id"] > max(one["message_id"] for one in history)
    assert room.logs()[0]["log_id"] > logs[0]["log_id"] and is_stamp(message["timestamp"])
    assert room.join(room.student()) > max(pids.values())


def test_who_does_not_come_back_has_left(start_server):
    server = start_server("--presence-grace", 1)
    room = Room(server.api)
    gone, stays = room.student(), room.student()
    lost, kept = room.stream(gone), room.stream(stays)
    pid = lost.seen[0].data["participant_id"]
    room.fence(kept)
    server.kill()
    lost.close()
    server.start()
    with Stream(room.api, room.id, stays, last_id=kept.last_id) as stream:
        left = stream.until(lambda frame: frame.event == "participant_left" and frame.data["participant_id"] == pid)
        consecutive(stream.seen)
        assert left.id
        room.fence(stream)
    assert pid in [row["event_details"]["participant_id"] for row in room.logs(event_type="participant_left")]
    kept.close()


def test_a_second_server_on_the_same_folder_is_refused(start_server):
    """Two owners of one data folder would be two owners of its rooms."""
    first = start_server()
    room = Room(first.api)
    with pytest.raises(AssertionError):
        second = start_server()
        second.stop()
        second.data = first.data
        second.start()
    room.act(room.teacher, "chat", text="still here")
    assert [one["message"] for one in room.history()] == ["still here"]


def test_posts_without_streams_survive_a_kill(start_server):
    server = start_server()
    room, people, pids = gather(server.api)
    with Posters(server, room, people[:POSTERS], pids) as posters:
        posters.wait_more(30)
        server.kill()
        posters.stop()
    server.start()
    assert posters.faults() == []
    check_posts(server.database(), room, posters)


def test_the_private_database_is_private(server):
    """Not root, no TCP, and a folder for its socket that only its owner may enter."""
    pid, _, folder = postmaster(server.data)
    assert os.stat(f"/proc/{pid}").st_uid != 0
    assert server.database().text("show listen_addresses") == ""
    assert os.stat(folder).st_mode & 0o077 == 0
