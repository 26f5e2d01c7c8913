"""A trace shows what an actor, a kind of actor, or a person causes, in order, nothing that is secret, and ends by itself."""
import itertools

import pytest

from admin import Follower, Operator, Refused
from classroom import Room, ok

SECRET = "a secret of ours"


@pytest.fixture
def server(start_server):
    return start_server()


@pytest.fixture
def operator(server):
    return Operator(server)


def messages(rows, **fits):
    """(type, what) of the rows that have these values."""
    return [(row["type"], row["what"]) for row in rows if all(row[key] == value for key, value in fits.items())]


def follow(server, *words):
    """All rows of a trace that ends by itself, and why it did."""
    with Follower(server, *words, form="--json", follows=("trace", "get")) as follower:
        code, out, err = follower.end()
    assert code == 0
    return out.splitlines(), err


def test_what_happens_to_an_actor(server, operator):
    room, other = Room(server.api), Room(server.api)
    student = room.student()
    pid = room.join(student)
    assert operator("trace") == {"state": "none"}
    begun = operator("trace", "start", "--actor", f"classroom/{room.id}")
    assert (begun["state"], begun["of"], begun["entries"]) == ("running", f"classroom/{room.id}", 0)
    ok(room.chat(student, pid, SECRET))
    other.act(other.teacher, "raise_hand")
    room.act(room.teacher, "mute_participant", target_participant_id=pid, mute=True)
    assert room.action(student, "end_session").status == 403
    with room.stream(student):
        pass
    rows = operator("trace", "get")
    told = messages(rows, actor=f"classroom/{room.id}")
    assert told[:4] == [("ROOM_COMMAND", "chat"), ("ROOM_COMMAND", "mute_other"), ("ROOM_COMMAND", "end_by_action"), ("ROOM_COMMAND", "listen")]
    assert len(told) == len(rows) and set(told[4:]) <= {("ROOM_LEAVE", None)}
    assert [row["user"] for row in rows[:4]] == [student.id, room.teacher.id, student.id, student.id]
    assert rows[0]["facts"].endswith(f"text_bytes={len(SECRET)}") and rows[1]["facts"] == f"target={pid}"
    assert all(row["request"] and row["took_us"] >= 0 and row["wait_us"] >= 0 and row["bytes"] > 0 for row in rows[:4])
    assert len({row["request"] for row in rows[:4]}) == 4
    ended = operator("trace", "stop")
    assert (ended["state"], ended["ended_for"], ended["entries"]) == ("ended", "stopped by an operator", len(rows))
    room.act(room.teacher, "raise_hand")
    assert operator("trace", "get") == rows


def test_what_a_person_causes(server, operator):
    """Each request is there with what it made the room and the streams do, in the order in which it happened."""
    room = Room(server.api)
    student, other = room.student(), room.student()
    pid, other_pid = room.join(student), room.join(other)
    stream = room.stream(other)
    operator("trace", "start", "--user", student.id)
    ok(room.chat(student, pid, SECRET))
    ok(room.chat(other, other_pid, "not traced"))
    room.act(student, "raise_hand")
    assert room.action(student, "end_session").status == 403
    room.history(student)
    stream.until(lambda frame: frame.event == "hand_raised")
    rows = operator("trace", "get")
    assert {row["user"] for row in rows} == {student.id}
    requests = [(row["what"], row["status"]) for row in rows if row["type"] == "request"]
    assert [status for _, status in requests] == [200, 200, 403, 200]
    assert [what.split("/")[-1] for what, _ in requests] == ["chat", "action", "action", "chat"]
    assert all(what.startswith(("POST /", "GET /")) and str(room.id) not in what for what, _ in requests)
    names = [row["request"] for row in rows if row["type"] == "request"]
    for name, op, outcome in zip(names, ("chat", "raise_hand", "end_by_action"), ("OK", "OK", "TEACHER_PERMISSION_REQUIRED")):
        assert messages(rows, request=name)[:2] == [("ROOM_COMMAND", op), ("ROOM_ANSWER", outcome)]
        assert [row["type"] for row in rows if row["request"] == name][2:] == ["request"]
    assert messages(rows, type="ROOM_DELIVER") == [("ROOM_DELIVER", "chat"), ("ROOM_DELIVER", "hand_raised")]
    assert {row["from"] for row in rows if row["type"] == "ROOM_DELIVER"} == {f"classroom/{room.id}"}
    assert all(row["took_us"] >= 0 for row in rows)
    assert [row["wait_us"] >= 0 for row in rows if row["type"] == "request"] == [True] * 4
    stream.close()


def test_a_kind_of_actor(server, operator):
    rooms = [Room(server.api), Room(server.api)]
    operator("trace", "start", "--kind", "classroom", "--count", 4)
    for room, _ in itertools.product(rooms, range(2)):
        room.act(room.teacher, "raise_hand")
        room.act(room.teacher, "lower_hand")
    rows = operator("trace", "get")
    state = operator("trace")
    assert messages(rows) == [("ROOM_COMMAND", "raise_hand"), ("ROOM_COMMAND", "lower_hand")] * 2
    assert {row["actor"] for row in rows} == {f"classroom/{rooms[0].id}"}
    assert (state["state"], state["ended_for"], state["entries"]) == ("ended", "as many entries as were asked for", 4)


def test_nothing_secret(server, operator):
    room = Room(server.api)
    student = room.student(SECRET)
    pid = room.join(student)
    operator("trace", "start", "--user", student.id, "--count", 100)
    ok(server.api.post("/auth/login", form={"username": student.phone, "password": "pass123"}))
    with room.stream(student):
        ok(room.chat(student, pid, SECRET))
        room.action(student, "webrtc_signal", target_participant_id=pid, payload={"sdp": SECRET})
    text = str(operator("trace", "get"))
    assert "chat" in text and "signal" in text
    for secret in (SECRET, "pass123", student.token, student.phone, student.name):
        assert secret not in text


def test_a_flood_ends_it_and_harms_nobody(server, operator):
    room, other = Room(server.api), Room(server.api)
    operator("trace", "start", "--actor", f"classroom/{room.id}", "--rate", 3)
    for _ in range(8):
        room.act(room.teacher, "raise_hand")
        room.act(room.teacher, "lower_hand")
        other.act(other.teacher, "raise_hand")
    if operator("trace")["state"] == "running":  # a machine on which all that took more than some seconds
        pytest.skip("too slow for a flood")
    state = operator("trace")
    assert state["ended_for"] == "more entries in a second than were allowed"
    assert 3 <= state["entries"] < 16 and operator("trace", "get")


def test_a_follower_sees_all_of_it_and_ends_with_it(server, operator):
    room = Room(server.api)
    operator("trace", "start", "--actor", f"classroom/{room.id}", "--count", 6, "--rate", 1000)
    for _ in range(2):
        room.act(room.teacher, "raise_hand")
    with Follower(server, follows=("trace", "get")) as follower:
        rows = [follower.row(), follower.row()]
        for _ in range(6):
            room.act(room.teacher, "lower_hand")
        rows += [follower.row() for _ in range(4)]
        code, out, err = follower.end()
    assert messages(rows) == [("ROOM_COMMAND", "raise_hand")] * 2 + [("ROOM_COMMAND", "lower_hand")] * 4
    assert (code, out) == (0, "") and "the trace has ended: as many entries" in err


def test_its_time_ends_it(server, operator):
    room = Room(server.api)
    operator("trace", "start", "--actor", f"classroom/{room.id}", "--for", 1)
    rows, why = follow(server)
    assert rows == [] and "its time was over" in why
    assert operator("trace")["ended_for"] == "its time was over"


def test_the_actors_end_is_its_end(server, operator):
    room = Room(server.api)
    room.act(room.teacher, "raise_hand")
    operator("trace", "start", "--actor", f"classroom/{room.id}")
    operator("actor", f"classroom/{room.id}", "restart")
    room.act(room.teacher, "raise_hand")
    assert operator("trace")["ended_for"] == "the actor was restarted"


def test_one_at_a_time_and_audited(start_server, tmp_path):
    server = start_server("--viewer-socket", tmp_path / "v")
    viewer, operator, room = Operator(server, "--admin-socket", tmp_path / "v"), Operator(server), Room(server.api)
    with pytest.raises(Refused, match="viewer"):
        viewer("trace", "start", "--user", 7)
    with pytest.raises(Refused, match="nothing has been traced"):
        viewer("trace", "get")
    operator("trace", "start", "--kind", "classroom")
    with pytest.raises(Refused, match=r"a trace of every classroom runs already, by uid \d+ \(process \d+\)"):
        operator("trace", "start", "--user", 7)
    room.act(room.teacher, "raise_hand")
    assert messages(viewer("trace", "get")) == [("ROOM_COMMAND", "raise_hand")]
    with pytest.raises(Refused, match="viewer"):
        viewer("trace", "stop")
    operator("trace", "stop")
    with pytest.raises(Refused, match="no trace runs"):
        operator("trace", "stop")
    done = {"trace start --kind classroom", "trace stop"}
    assert done <= {f"{row['command']} {row['arguments']}" for row in operator("audit")}


@pytest.mark.parametrize("words, says", [
    ([], "say one of"), (["--user", "1", "--kind", "classroom"], "say one of"), (["--user", "x"], "whole number"), (["--user", "0"], "whole number"),
    (["--kind", "dance"], "no actor is of a kind"), (["--actor", "classroom"], "an address is"), (["--user", "1", "--count", "0"], "whole number"),
    (["--user", "1", "--rate", "1000000"], "whole number"), (["--user", "1", "--for", "1000000"], "whole number"),
], ids=" ".join)
def test_mistakes(admin, words, says):
    with pytest.raises(Refused, match=says):
        admin("trace", "start", *words)
    assert admin("trace") == {"state": "none"}
