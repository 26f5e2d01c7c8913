"""Hands as a queue, and what a teacher does to all: added keys and actions of section 9, and the order over restarts."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ABSENT, Room, is_stamp, ok, person, refused
from client import Stream, consecutive

CROWD = 3000
TOLD = 256  # so many of a long queue are in an event


class School:
    """A room with three students by name, and a stream that sees everything."""

    def __init__(self, api):
        self.room = Room(api)
        self.students = {name: self.room.student(name) for name in ("Ann", "Ben", "Cem")}
        self.pids = {name: self.room.join(who) for name, who in self.students.items()}
        self.stream = self.room.stream(self.room.teacher)

    def act(self, name, kind, **fields):
        self.room.act(self.students[name], kind, **fields)

    def teach(self, kind, **fields):
        return self.room.act(self.room.teacher, kind, **fields)

    def names(self, pids):
        known = {pid: name for name, pid in self.pids.items()}
        return " ".join(known.get(pid, "?") for pid in pids)

    def heard(self, event):
        """The next event: who, and the queue after it."""
        data = self.stream.expect(event).data
        assert set(data) == {"type", "participant_id", "hands"}
        return self.names([data["participant_id"]]), self.names(data["hands"])

    def snapshot(self):
        with self.room.stream(self.room.teacher) as stream:
            data = stream.seen[1].data
        raised = {pid for pid, entry in data["participants"].items() if entry["raised_hand"]}
        assert {pid for pid, entry in data["participants"].items() if entry["hand_raised_at"]} == raised
        assert all(is_stamp(data["participants"][pid]["hand_raised_at"]) for pid in raised)
        return self.names(data["hands"])


@pytest.fixture
def school(api):
    one = School(api)
    yield one
    one.stream.close()


def test_the_first_to_raise_is_the_first(school):
    for name, queue in [("Cem", "Cem"), ("Ann", "Cem Ann"), ("Ben", "Cem Ann Ben"), ("Cem", "Cem Ann Ben")]:
        school.act(name, "raise_hand")
        assert school.heard("hand_raised") == (name, queue)
    assert school.snapshot() == "Cem Ann Ben"
    school.stream.expect("participant_joined")
    for name, queue in [("Ann", "Cem Ben"), ("Ann", "Cem Ben"), ("Cem", "Ben")]:
        school.act(name, "lower_hand")
        assert school.heard("hand_lowered") == (name, queue)
    school.act("Cem", "raise_hand")
    assert school.heard("hand_raised") == ("Cem", "Ben Cem")


def test_the_snapshot_tells_when(school):
    school.act("Ann", "raise_hand")
    row = school.room.logs(event_type="hand_raised")[0]
    with school.room.stream(school.students["Ben"]) as stream:
        entries = stream.seen[1].data["participants"]
    assert entries[str(school.pids["Ann"])]["hand_raised_at"] == row["created_at"]
    assert entries[str(school.pids["Ben"])]["hand_raised_at"] is None


def test_the_teacher_lowers_one(server, school):
    school.act("Ann", "raise_hand")
    school.act("Ben", "raise_hand")
    school.heard("hand_raised"), school.heard("hand_raised")
    for _ in range(2):
        school.teach("lower_participant_hand", target_participant_id=school.pids["Ann"])
        assert school.heard("hand_lowered") == ("Ann", "Ben")
        row = school.room.logs()[0]
        assert (row["event_type"], row["user_id"]) == ("hand_lowered", school.room.teacher.id)
        assert row["event_details"] == {"participant_id": school.pids["Ann"]}
    rows = server.database().rows("select participant_id, hand_raised, hand_raised_at from participants "
                                  f"where session_id = {school.room.id} and hand_raised")
    assert [row["participant_id"] for row in rows] == [school.pids["Ben"]] and rows[0]["hand_raised_at"]


def test_the_teacher_lowers_all(school):
    for name in ("Cem", "Ann"):
        school.act(name, "raise_hand")
        school.heard("hand_raised")
    school.teach("lower_all_hands")
    assert [school.heard("hand_lowered") for _ in range(2)] == [("Cem", ""), ("Ann", "")]
    rows = school.room.logs(event_type="hand_lowered")
    assert [row["event_details"] for row in reversed(rows)] == [{"participant_id": school.pids[name]}
                                                                for name in ("Cem", "Ann")]
    assert {row["user_id"] for row in rows} == {school.room.teacher.id}
    school.teach("lower_all_hands")
    assert school.room.fence(school.stream) == []
    assert school.snapshot() == ""


@pytest.mark.parametrize("fields, muted", [({}, True), ({"mute": None}, True), ({"mute": True}, True),
                                           ({"mute": False}, False)])
def test_mute_all(server, school, fields, muted):
    room = school.room
    pids = school.pids
    creator = school.stream.seen[0].data["participant_id"]
    for pid in (creator, *pids.values()):
        ok(room.mute(pid, query={"mute": not muted}))
    school.act("Ben", "mute_self", mute=muted)
    before = len(room.logs())
    seen = len(school.stream.seen)
    room.fence(school.stream)
    room.act(room.teacher, "mute_all", **fields)
    heard = [school.stream.expect("participant_muted").data for _ in range(2)]
    assert heard == [{"type": "participant_muted", "participant_id": pids[name], "is_muted": muted}
                     for name in ("Ann", "Cem")]
    flag = "is_self_mute" if muted else "is_self_unmute"
    rows = room.logs()[:len(room.logs()) - before - 1]
    assert [(row["event_type"], row["user_id"], row["event_details"]) for row in reversed(rows)] == [
        ("participant_muted" if muted else "participant_unmuted", room.teacher.id,
         {"participant_id": pids[name], "target_user_id": school.students[name].id, flag: False})
        for name in ("Ann", "Cem")]
    room.act(room.teacher, "mute_all", **fields)
    assert room.fence(school.stream) == []
    states = {one["id"]: one["muted"] for one in room.state()["participants"]}
    assert states == {creator: not muted, **{pid: muted for pid in pids.values()}}
    assert len(school.stream.seen) > seen


def test_mute_all_leaves_the_removed_alone(server, school):
    ok(school.room.kick(school.pids["Ann"]))
    school.teach("mute_all")
    rows = server.database().rows(f"select participant_id from participants where session_id = {school.room.id} "
                                  "and is_muted")
    assert sorted(row["participant_id"] for row in rows) == sorted(school.pids[name] for name in ("Ben", "Cem"))


@pytest.mark.parametrize("kind", ["mute_all", "lower_participant_hand", "lower_all_hands"])
def test_only_the_creator_may(school, kind):
    room = school.room
    target = {"target_participant_id": school.pids["Ann"]}
    refused(room.action(school.students["Ben"], kind, **target), 403, "Teacher permission required")
    other = person(room.api, "teacher")
    assert room.action(other, kind, **target).status == 404
    room.join(other)
    refused(room.action(other, kind, **target), 403, "Teacher permission required")
    ok(room.end())
    assert room.action(room.teacher, kind, **target).status == 400


def test_lowering_needs_somebody(school):
    lower = lambda **fields: school.room.action(school.room.teacher, "lower_participant_hand", **fields)
    refused(lower(), 400, "target_participant_id required")
    refused(lower(target_participant_id=None), 400, "target_participant_id required")
    refused(lower(target_participant_id=ABSENT), 404, "Target participant not found")
    other = Room(school.room.api)
    refused(lower(target_participant_id=other.join(other.student())), 404, "Target participant not found")


def test_the_creator_need_not_have_joined(api):
    room = Room(api)
    student = room.student()
    pid = room.join(student)
    room.act(student, "raise_hand")
    for kind in ("mute_all", "lower_all_hands"):
        room.act(room.teacher, kind)
    room.act(room.teacher, "lower_participant_hand", target_participant_id=pid)
    assert [one["user_id"] for one in room.state()["participants"]] == [student.id]
    assert room.log_types() == ["session_created", "participant_joined", "hand_raised", "participant_muted",
                                "hand_lowered", "hand_lowered"]


def test_a_kick_takes_the_hand_down(school):
    school.act("Ann", "raise_hand")
    school.act("Ben", "raise_hand")
    school.heard("hand_raised"), school.heard("hand_raised")
    ok(school.room.kick(school.pids["Ann"]))
    assert school.heard("hand_lowered") == ("Ann", "Ben")
    school.stream.expect("participant_kicked")
    assert school.snapshot() == "Ben"


def test_a_place_is_kept_over_a_reconnect(school):
    with school.room.stream(school.students["Ann"]):
        school.act("Ann", "raise_hand")
    school.stream.until("participant_left")
    school.act("Ben", "raise_hand")
    assert school.heard("hand_raised") == ("Ben", "Ann Ben")
    with school.room.stream(school.students["Ann"]) as stream:
        assert school.names(stream.seen[1].data["hands"]) == "Ann Ben"
        joined = school.stream.expect("participant_joined").data
        assert school.names(joined["hands"]) == "Ann Ben"
        assert school.heard("hand_raised") == ("Ann", "Ann Ben")
        assert stream.expect("hand_raised").data["participant_id"] == school.pids["Ann"]
    school.stream.expect("participant_left")
    with school.room.stream(school.students["Cem"]):
        assert "hands" not in school.stream.expect("participant_joined").data


def test_all_at_once_keep_some_order(school):
    """Whatever the order, the log, the events and the snapshot agree on it."""
    students = [school.room.student() for _ in range(12)]
    for student in students:
        school.room.join(student)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda who: school.room.act(who, "raise_hand"), students))
    school.room.fence(school.stream)
    last = [frame for frame in school.stream.seen if frame.event == "hand_raised"][-1].data["hands"]
    logged = [row["event_details"]["participant_id"]
              for row in reversed(school.room.logs(event_type="hand_raised"))]
    assert last == logged and len(last) == 12
    with school.room.stream(school.room.teacher) as stream:
        assert stream.seen[1].data["hands"] == last


def test_the_order_outlives_a_kill(start_server):
    server = start_server()
    school = School(server.api)
    for name, kind in [("Cem", "raise_hand"), ("Ann", "raise_hand"), ("Ben", "raise_hand"), ("Ann", "lower_hand"),
                       ("Ann", "raise_hand")]:
        school.act(name, kind)
    raised = school.stream.until(lambda frame: frame.event == "hand_raised" and len(frame.data["hands"]) == 3
                                 and frame.data["participant_id"] == school.pids["Ann"]
                                 and school.names(frame.data["hands"]) == "Cem Ben Ann")
    school.stream.close()
    server.kill()
    server.start()
    assert school.snapshot() == "Cem Ben Ann"
    with Stream(school.room.api, school.room.id, school.room.teacher, last_id=raised.id) as stream:
        stream.until("resumed")
        school.act("Cem", "lower_hand")
        assert school.names(stream.expect("hand_lowered").data["hands"]) == "Ben Ann"
        consecutive(stream.seen)


# --- thousands


def crowd(server, room):
    """A room with thousands of raised hands, written before it is loaded; the ids in their order."""
    database = server.database()
    database.text(f"""
        with people as (
            insert into account.users (name, phone_number, role, password_hash)
            select 'Crowd ' || n, 'crowd-{room.id}-' || n, 'student', 'x' from generate_series(1, {CROWD}) n
            returning user_id)
        insert into participants (session_id, user_id, hand_raised, hand_raised_at)
        select {room.id}, user_id, true, timestamp '2026-01-01' + user_id * 7919 % 10007 * interval '1 second'
        from people""")
    rows = database.rows(f"select participant_id from participants where session_id = {room.id} "
                         "order by hand_raised_at, participant_id")
    assert len(rows) == CROWD
    return [row["participant_id"] for row in rows]


def test_a_crowd_of_hands(start_server):
    """One gesture of thousands of rows and events: everybody open hears all of it, also who reads slowly or comes
    back for it."""
    server = start_server()
    room = Room(server.api)
    queue = crowd(server, room)
    with room.stream(room.teacher) as stream, room.stream(room.student(), receive_buffer=4096) as slow:
        assert stream.seen[1].data["hands"] == queue
        last_id = stream.last_id
        late = room.student()
        stream.expect("participant_joined")
        pid = room.join(late)
        room.act(late, "raise_hand")
        raised = stream.until("hand_raised").data
        assert raised["hands"] == queue[:TOLD] and raised["hands_more"] == CROWD + 1 - TOLD
        room.act(room.teacher, "lower_all_hands")
        room.act(room.teacher, "mute_all")
        lowered = [stream.expect("hand_lowered").data for _ in range(CROWD + 1)]
        assert [one["participant_id"] for one in lowered] == queue + [pid]
        assert all(one["hands"] == [] and "hands_more" not in one for one in lowered)
        muted = [stream.expect("participant_muted").data["participant_id"] for _ in range(CROWD + 2)]
        assert len(set(muted)) == CROWD + 2
        room.act(room.teacher, "chat", text="the end")
        end = stream.expect("chat")
        consecutive(stream.seen)
        slow.until("chat")
        consecutive(slow.seen)
    with Stream(room.api, room.id, room.teacher, last_id=last_id) as again:
        again.until("resumed")
        assert [frame.event for frame in again.seen].count("hand_lowered") == CROWD + 1
        assert end.raw in [frame.raw for frame in again.seen]
        assert again.seen[1].data["hands"] == []
        consecutive(again.seen)
    summary = room.summary()["event_counts"]
    assert summary["hand_lowered"] == CROWD + 1 and summary["participant_muted"] == CROWD + 2
