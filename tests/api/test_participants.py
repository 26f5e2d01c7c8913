"""Contract section 4: join in all its forms, kick, mute."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ABSENT, Room, hears_only, is_stamp, loc_of, ok, person, refused
from client import Stream

MULTIPART = "multipart/form-data; boundary=b"


def join(room, who, **body):
    return room.api.post(room.path("/join"), who, **body)


def row_of(server, pid):
    return server.database().one(f"select * from participants where participant_id = {pid}")


# --- join

FORMS = {
    "no body": lambda user: {},
    "urlencoded": lambda user: {"form": {"user_id": user.id}},
    "multipart": lambda user: {"parts": {"user_id": user.id}},
    "only the closing delimiter": lambda user: {"parts": {}},
    "closing delimiter without line end": lambda user: {"body": b"--b--", "content_type": MULTIPART},
    "empty urlencoded": lambda user: {"form": {}},
    "empty multipart": lambda user: {"body": b"", "content_type": MULTIPART},
    "other fields": lambda user: {"form": {"colour": "red"}},
}


@pytest.mark.parametrize("form", FORMS)
def test_join_in_every_form(room, student, form):
    answer = ok(join(room, student, **FORMS[form](student)))
    assert set(answer) == {"ok", "participant_id"}
    assert answer["ok"] is True and isinstance(answer["participant_id"], int)
    assert [one["user_id"] for one in room.state()["participants"]] == [student.id]


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_the_creator_adds_a_student(room, student, form):
    pid = ok(join(room, room.teacher, **FORMS[form](student)))["participant_id"]
    assert [(one["id"], one["user_id"]) for one in room.state()["participants"]] == [(pid, student.id)]
    assert ok(join(room, student))["participant_id"] == pid


def test_joining_again_gives_the_same_id(room, student):
    first = room.join(student)
    assert room.join(student) == first
    assert ok(join(room, room.teacher, form={"user_id": student.id}))["participant_id"] == first
    assert room.log_types().count("participant_joined") == 1


def test_join_is_kept_and_logged_for_the_target(server, room, student):
    pid = ok(join(room, room.teacher, form={"user_id": student.id}))["participant_id"]
    row = row_of(server, pid)
    assert (row["session_id"], row["user_id"], row["is_kicked"], row["is_muted"]) == (room.id, student.id, False, False)
    log = room.logs()[0]
    assert (log["event_type"], log["user_id"]) == ("participant_joined", student.id)
    assert set(log["event_details"]) == {"participant_id", "user_name", "joined_at"}
    assert (log["event_details"]["participant_id"], log["event_details"]["user_name"]) == (pid, student.name)
    assert is_stamp(log["event_details"]["joined_at"])


def test_join_is_told_to_the_connected(room, student):
    with room.stream(room.student()) as stream:
        pid = room.join(student)
        who = {"participant_id": pid, "user_id": student.id, "name": student.name}
        assert stream.expect("participant_added").data == {"type": "participant_added", **who}
        room.join(student)
        assert stream.expect("participant_already_present").data == {"type": "participant_already_present", **who}
        assert room.fence(stream) == []


def test_join_checks_in_order(api, room, student):
    other, third = person(api, "teacher"), person(api)
    unknown = f"/sessions/{ABSENT}/join"
    refused(api.post(unknown, other, form={"user_id": ABSENT}), 404, "Session not found")
    refused(join(room, other, form={"user_id": ABSENT}), 404, "User not found")
    refused(join(room, student, form={"user_id": third.id}), 403, "Only the session creator can add other users")
    refused(join(room, other, form={"user_id": third.id}), 403, "Only the session creator can add other users")
    refused(join(room, student, form={"user_id": other.id}), 403, "Only the session creator can add other users")
    refused(join(room, room.teacher, form={"user_id": other.id}), 400, "Only students can be added as participants")
    ok(room.end())
    refused(join(room, other, form={"user_id": ABSENT}), 400, "Session is not active")
    assert room.log_types() == ["session_created", "session_ended"]


@pytest.mark.parametrize("bad", ["abc", "1.5", "2147483648", "-9999999999", "99999999999999999999"])
@pytest.mark.parametrize("kind", ["form", "parts"])
def test_join_wants_an_integer_target(room, student, bad, kind):
    assert ["body", "user_id"] in loc_of(join(room, student, **{kind: {"user_id": bad}}))


def test_a_teacher_may_join_another_ones_session(room):
    guest = person(room.api, "teacher")
    pid = room.join(guest)
    assert [one["id"] for one in room.state()["participants"]] == [pid]


def test_simultaneous_joins_make_one_row(server, room, student):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ok(join(room, student))["participant_id"], range(16)))
    assert len(set(answers)) == 1
    rows = server.database().rows(f"select participant_id from participants where session_id = {room.id}")
    assert [row["participant_id"] for row in rows] == [answers[0]]
    assert room.log_types().count("participant_joined") == 1
    room.act(student, "raise_hand")


def test_simultaneous_joins_and_streams_make_one_row(server, room, student):
    def one(turn):
        if turn % 2:
            return room.join(student)
        with Stream(room.api, room.id, student) as stream:
            return stream.expect("connected").data["participant_id"]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(16)))) == 1
    assert len(server.database().rows(f"select 1 from participants where session_id = {room.id}")) == 1


# --- kick


@pytest.fixture
def kicked(room, student):
    """A student with a stream, and a bystander's stream, just after the kick."""
    stream, bystander = room.stream(student), room.stream(room.student())
    pid = stream.seen[0].data["participant_id"]
    room.fence(stream, bystander)
    assert ok(room.kick(pid)) == {"ok": True}
    yield pid, stream, bystander
    bystander.close()


def test_the_kicked_one_is_told_and_cut(kicked):
    _, stream, _ = kicked
    frames = stream.rest()
    assert [frame.event for frame in frames] == ["kicked"]
    assert frames[0].data == {"type": "kicked", "reason": "Removed by teacher"}
    assert stream.reader.ended


def test_the_others_hear_of_the_kick(room, kicked):
    pid, stream, bystander = kicked
    stream.rest()
    assert bystander.expect("participant_kicked").data == {"type": "participant_kicked", "participant_id": pid}
    after = room.fence(bystander)
    assert [frame.event for frame in after] in ([], ["participant_left"])
    assert all(frame.data["participant_id"] == pid for frame in after)


def test_a_kick_is_kept_and_logged(server, room, student, kicked):
    pid = kicked[0]
    row = row_of(server, pid)
    assert row["is_kicked"] is True and row["left_at"]
    (log,) = [row for row in room.logs() if row["event_type"] == "participant_kicked"]
    details = log["event_details"]
    assert log["user_id"] == room.teacher.id
    assert set(details) == {"participant_id", "kicked_user_id", "reason", "kicked_at"}
    assert (details["participant_id"], details["kicked_user_id"]) == (pid, student.id)
    assert details["reason"] == "Removed by teacher"
    assert is_stamp(details["kicked_at"])


def test_the_kicked_stay_out_until_the_creator_adds_them(server, room, student, kicked):
    pid = kicked[0]
    assert hears_only(room, student) == {"type": "kicked", "reason": "Removed by teacher"}
    assert join(room, student).status == 403
    for kind in ("raise_hand", "chat", "mute_self"):
        assert room.action(student, kind, text="x").status == 403
    assert room.chat(student, pid, "x").status == 403
    assert room.api.get(room.path("/chat"), student).status == 403
    assert ok(join(room, room.teacher, form={"user_id": student.id}))["participant_id"] == pid
    row = row_of(server, pid)
    assert row["is_kicked"] is False and row["left_at"] is None
    room.act(student, "raise_hand")
    with room.stream(student) as stream:
        assert stream.seen[0].data["participant_id"] == pid


def test_kick_of_somebody_not_connected(room, student):
    pid = room.join(student)
    with room.stream(room.student()) as stream:
        ok(room.kick(pid))
        stream.expect("participant_kicked")
        assert str(pid) not in room.stream(room.student()).seen[1].data["participants"]


def test_kick_refuses(api, room, student):
    pid, other = room.join(student), Room(api)
    stranger = other.join(other.student())
    refused(room.kick(ABSENT), 404, "Participant not found")
    refused(room.kick(stranger), 404, "Participant not found")
    refused(room.kick(pid, student), 403, "Teacher role required")
    assert room.kick(pid, other.teacher).status == 403
    assert api.delete(f"/sessions/{ABSENT}/participants/{pid}", room.teacher).status == 404
    assert [one["id"] for one in room.state()["participants"]] == [pid]


# --- mute


def test_mute_is_the_default(server, room, student):
    pid = room.join(student)
    assert ok(room.mute(pid)) == {"ok": True, "muted": True}
    assert row_of(server, pid)["is_muted"] is True
    assert room.state()["participants"][0]["muted"] is True


def test_mute_is_told_and_logged(room, student):
    with room.stream(student) as stream:
        pid = stream.seen[0].data["participant_id"]
        for mute in (True, False):
            ok(room.mute(pid, query={"mute": mute}))
            assert stream.expect("participant_muted").data == {
                "type": "participant_muted", "participant_id": pid, "is_muted": mute}
        unmuted, muted = room.logs()[:2]
        assert (muted["event_type"], unmuted["event_type"]) == ("participant_muted", "participant_unmuted")
        assert muted["user_id"] == unmuted["user_id"] == room.teacher.id
        target = {"participant_id": pid, "target_user_id": student.id}
        assert muted["event_details"] == {**target, "is_self_mute": False}
        assert unmuted["event_details"] == {**target, "is_self_unmute": False}


@pytest.mark.parametrize("mute, words", [(True, "true 1 yes on t y TRUE On Yes T"),
                                         (False, "false 0 no off f n False OFF No F")])
def test_booleans_in_the_query(room, student, mute, words):
    pid = room.join(student)
    for word in words.split():
        assert ok(room.mute(pid, query={"mute": word}))["muted"] is mute, word


@pytest.mark.parametrize("word", ["", "2", "maybe", "tru", "01", "null", "-1"])
def test_other_words_are_no_booleans(room, student, word):
    assert ["query", "mute"] in loc_of(room.mute(room.join(student), query={"mute": word}))


@pytest.mark.parametrize("mute", [True, False])
def test_mute_by_json_body_when_the_query_is_silent(room, student, mute):
    assert ok(room.mute(room.join(student), json={"mute": mute}))["muted"] is mute


def test_the_query_wins_over_the_body(room, student):
    pid = room.join(student)
    assert ok(room.mute(pid, query={"mute": True}, json={"mute": False}))["muted"] is True
    assert ok(room.mute(pid, query={"mute": False}, json={"mute": True}))["muted"] is False


def test_mute_refuses(api, room, student):
    pid, other = room.join(student), Room(api)
    refused(room.mute(ABSENT), 404, "Participant not found")
    refused(room.mute(other.join(other.student())), 404, "Participant not found")
    refused(room.mute(pid, student), 403, "Teacher role required")
    assert room.mute(pid, other.teacher).status == 403
    assert room.state()["participants"][0]["muted"] is False


def test_mute_of_somebody_absent_does_not_break_streams(room, student):
    pid = room.join(student)
    ok(room.mute(pid))
    with room.stream(room.student()) as stream:
        entry = stream.seen[1].data["participants"][str(pid)]
        assert entry == {"user_id": student.id, "name": student.name, "is_muted": True, "raised_hand": False,
                         "hand_raised_at": None, "is_teacher": False}


def test_mute_survives_a_reconnect(room, student):
    with room.stream(student) as stream:
        pid = stream.seen[0].data["participant_id"]
        ok(room.mute(pid))
    with room.stream(student) as again:
        assert again.seen[1].data["participants"][str(pid)]["is_muted"] is True


def test_who_comes_back_muted_says_so(room, student):
    with room.stream(room.teacher) as own:
        with room.stream(student) as stream:
            pid = stream.seen[0].data["participant_id"]
            assert "is_muted" not in own.expect("participant_joined").data
            ok(room.mute(pid))
            own.expect("participant_muted")
        own.expect("participant_left")
        with room.stream(student):
            assert own.expect("participant_joined").data["is_muted"] is True
