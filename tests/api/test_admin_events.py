"""The events of all rooms as an operator sees them: what is committed, in the order of its numbers, without what was said."""
import select
import signal

import pytest

from admin import Follower, Operator, Refused
from classroom import Room, ok
from managed import Frozen, thread_of

PLACES = 8192  # that a worker keeps


def kinds(rows):
    return [(row["room"], row["seq"], row["event"]) for row in rows]


def said(rows, room):
    return [row for row in rows if row["room"] == room.id]


def test_the_newest_of_all_rooms(start_server):
    server = start_server()
    operator, rooms = Operator(server), [Room(server.api), Room(server.api)]
    assert operator("events") == []
    student = rooms[0].student()
    pids = [room.join(student) for room in rooms]
    for room, pid in zip(rooms, pids):
        ok(room.chat(student, pid, "a secret of ours"))
    rows = operator("events")
    assert sorted(kinds(rows)) == sorted((room.id, seq, event) for room in rooms
                                         for seq, event in ((2, "participant_added"), (3, "chat")))
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert {row["worker"] for row in rows} == {0, 1} and {row["user"] for row in rows} == {student.id}
    assert not any(row["missed"] for row in rows) and all(row["bytes"] > 20 for row in rows)
    assert "secret" not in str(rows)
    assert operator("events", "--room", rooms[1].id) == said(rows, rooms[1])
    assert kinds(operator("events", "--type", "chat", "--count", 1)) == [(rooms[1].id, 3, "chat")]


def test_refused_and_ephemeral_things_are_no_events(start_server):
    server = start_server()
    operator, room = Operator(server), Room(server.api)
    first, second = room.student(), room.student()
    one, other = room.join(first), room.join(second)
    assert room.action(first, "webrtc_signal", target_participant_id=other, payload={"sdp": "a secret"}).status == 200
    assert room.action(first, "mute_participant", target_participant_id=other, mute=True).status == 403
    room.act(room.teacher, "end_session")
    names = [row["event"] for row in operator("events")]
    assert names == ["participant_added", "participant_added", "session_ended"]


def test_what_is_said_only_for_the_owner_who_asks(start_server, tmp_path):
    server = start_server("--viewer-socket", tmp_path / "v")
    viewer, operator, room = Operator(server, "--admin-socket", tmp_path / "v"), Operator(server), Room(server.api)
    student = room.student()
    pid = room.join(student)
    stream = room.stream(student)
    ok(room.chat(student, pid, "a secret of ours"))
    rows = operator("events", "--payload")
    assert rows[0]["data"] is None  # nobody listened: the room keeps nothing
    assert rows[-1]["event"] == "chat" and rows[-1]["data"]["message"] == "a secret of ours"
    seen = viewer("events")
    assert seen == operator("events") and "secret" not in str(seen)
    for words in (["--payload"], ["--follow", "--payload", "--count", 1]):
        with pytest.raises(Refused, match="not for viewers"):
            viewer("events", *words)
    stream.close()


def test_a_follower_prints_what_comes(start_server):
    server = start_server()
    rooms = [Room(server.api), Room(server.api)]
    student = rooms[0].student()
    rooms[0].join(student)
    with Follower(server) as follower:
        assert follower.row()["event"] == "participant_added"
        for _ in range(20):
            for room in rooms:
                room.act(room.teacher, "raise_hand")
                room.act(room.teacher, "lower_hand")
        rooms[1].join(student)
        rows = follower.until(lambda row: row["event"] == "participant_added")[:-1]
        code, out, err = follower.end(signal.SIGINT)
    assert (code, out, err) == (0, "", "")
    for room in rooms:
        seqs = [row["seq"] for row in said(rows, room)]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs))) and len(seqs) == 40
    assert not any(row["missed"] for row in rows)


def test_a_table_as_it_grows(start_server):
    server = start_server()
    room = Room(server.api)
    with Follower(server, "--count", 2, form=None) as follower:
        room.act(room.teacher, "raise_hand")
        assert follower.line().split() == ["at", "worker", "room", "kind", "seq", "event", "user", "bytes", "missed"]
        assert "hand_raised" in follower.line()
        room.act(room.teacher, "lower_hand")
        assert "hand_lowered" in follower.line()
        assert follower.end() == (0, "", "")


def test_a_follower_whose_reader_has_gone_ends(start_server):
    server = start_server()
    with Follower(server) as follower:
        follower.process.stdout.close()
        assert follower.process.wait(60) == 0 and follower.process.stderr.read() == b""


def test_a_follower_ends_when_its_time_is_over(start_server):
    server = start_server()
    with Follower(server, "--for", 1) as follower:
        code, out, err = follower.end()
    assert (code, out) == (0, "") and "time is over" in err


def test_a_flood_overwrites_what_is_not_taken_and_that_is_counted(start_server):
    """The follower takes one row a second, the room says thousands of things meanwhile, and is not held up."""
    server = start_server()
    room = Room(server.api)
    count = 128
    for _ in range(count):
        room.join(room.student())
    before = Operator(server)("room", room.id)["seq"]
    with Follower(server, "--rate", 1) as follower:
        first = follower.row()
        for turn in range(2 * PLACES // count):
            room.act(room.teacher, "mute_all", mute=turn % 2 == 0)
        assert Operator(server)("room", room.id)["seq"] == before + 2 * PLACES
        seen = follower.until(lambda row: row["seq"] > before + PLACES)
    gaps = [row for row in seen if row["missed"]]
    assert gaps and {(gap["event"], gap["at"], gap["room"]) for gap in gaps} == {("missed", None, 0)}
    at = first["seq"]
    for row in seen:  # each number is there or counted as missed
        at += row["missed"] or 1
        assert row["missed"] or row["seq"] == at
    assert [row["seq"] for row in Operator(server)("events", "--count", 1000)] == list(range(before + 2 * PLACES - 999, before + 2 * PLACES + 1))


def test_a_worker_that_stands_still_is_named_and_gone_on_with(start_server):
    server = start_server()
    rooms = [Room(server.api), Room(server.api)]
    for room in rooms:
        room.act(room.teacher, "raise_hand")
    mute = next(row["worker"] for row in Operator(server)("events") if row["room"] == rooms[0].id)
    with Follower(server) as follower:
        follower.until(lambda row: row["room"] == rooms[1].id)
        with Frozen(thread_of(server.process.pid, f"worker-{mute}")):
            assert select.select([follower.process.stderr], [], [], 60)[0]
            assert follower.process.stderr.readline().decode() == f"lectern admin: worker {mute} does not answer\n"
        for room in rooms:
            room.act(room.teacher, "lower_hand")
        rows = [follower.row(), follower.row()]
        code, _, err = follower.end(signal.SIGTERM)
    assert sorted(kinds(rows)) == sorted((room.id, rows[0]["seq"], "hand_lowered") for room in rooms)
    assert (code, err) == (0, "")


def test_a_server_that_goes(start_server):
    server = start_server()
    with Follower(server) as follower:
        room = Room(server.api)
        room.act(room.teacher, "raise_hand")
        follower.row()
        server.stop()
        code, _, err = follower.end()
    assert code == 1 and "no server answers" in err


def test_a_server_that_crashes_and_comes_back(start_server):
    """The client's question goes to the new server if that is there in time; either way the follower is told, and ends."""
    server = start_server()
    with Follower(server) as follower:
        room = Room(server.api)
        room.act(room.teacher, "raise_hand")
        follower.row()
        server.kill()
        server.start()
        code, _, err = follower.end()
    assert code == 1 and ("started anew since" in err or "no server answers" in err)


def test_a_server_that_was_started_anew_says_so(admin):
    with pytest.raises(Refused, match="started anew since.*the log has it"):
        admin.ask("events", "--follow", "--after", "0.1.1.1")


@pytest.mark.parametrize("words, says", [
    (["--type", "dance"], "no durable event"), (["--type", "webrtc_signal"], "no durable event"), (["--room", "x"], "whole number"),
    (["--count", "0"], "whole number"), (["--follow", "--rate", "0"], "whole number"), (["--follow", "--for", "x"], "whole number"),
    (["--loud"], "no option here"), (["--follow", "--after", "rubbish"], "what an answer has said"),
], ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_mistakes(admin, words, says):
    with pytest.raises(Refused, match=says):
        admin("events", *words)
