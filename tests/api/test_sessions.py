"""Contract section 3: open, list, end a session; its state; the list of students."""
import pytest

from classroom import ABSENT, Room, hears_only, is_stamp, loc_of, ok, person, refused

SESSION_KEYS = {"session_id", "title", "is_active", "created_by", "created_at", "ended_at", "participant_count"}
JOINED = {"participants", "session_id", "is_active", "active_audio"}


def active(api, who):
    return {entry["session_id"]: entry for entry in ok(api.get("/sessions/active", who))}


def test_create_answers_the_session(api, teacher):
    session = ok(api.post("/sessions", teacher, json={"title": "My class"}))
    assert set(session) >= SESSION_KEYS
    assert isinstance(session["session_id"], int)
    assert (session["title"], session["is_active"], session["created_by"]) == ("My class", True, teacher.id)
    assert (session["ended_at"], session["participant_count"]) == (None, 0)
    assert is_stamp(session["created_at"])


def test_create_is_logged_and_makes_nobody_a_participant(server, room):
    (row,) = room.logs()
    assert (row["event_type"], row["user_id"]) == ("session_created", room.teacher.id)
    assert row["event_details"] == {"title": "A class"}
    assert server.database().rows(f"select 1 from participants where session_id = {room.id}") == []


@pytest.mark.parametrize("title", ["t", "t" * 500, "ü" * 500, "\U0001f3eb class \"one\" \\ <b>", " spaces kept "])
def test_create_keeps_any_title_within_the_bounds(api, teacher, title):
    assert Room(api, teacher, title).created["title"] == title


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": None}, {"title": "t" * 501}, {"title": 5},
                                  {"title": ["t"]}, {"title": "a\0b"}])
def test_create_refuses_a_bad_title(api, teacher, body):
    assert ["body", "title"] in loc_of(api.post("/sessions", teacher, json=body))


def test_checks_come_in_the_documented_order(api, student):
    """Malformed JSON before identity, identity before role, role before fields."""
    broken = {"body": b"{", "content_type": "application/json"}
    assert api.post("/sessions", **broken).status == 422
    assert api.post("/sessions", json={}).status == 400
    refused(api.post("/sessions", ABSENT, json={}), 404, "User not found")
    refused(api.post("/sessions", student, json={}), 403, "Teacher role required")


def test_active_shows_a_teacher_their_own_and_a_student_all(api, student):
    mine, other = Room(api), Room(api)
    assert set(active(api, mine.teacher)) == {mine.id}
    assert {mine.id, other.id} <= set(active(api, student))


def test_active_elements_are_sessions_with_the_teachers_name(api, room, student):
    entry = active(api, student)[room.id]
    assert set(entry) >= SESSION_KEYS | {"teacher_name"}
    assert entry["teacher_name"] == room.teacher.name
    assert {key: entry[key] for key in SESSION_KEYS} == {key: room.created[key] for key in SESSION_KEYS}


def test_active_counts_who_is_in_and_not_gone(api, room):
    ann, ben, cem = (room.student() for _ in range(3))
    count = lambda: active(api, room.teacher)[room.id]["participant_count"]
    pids = [room.join(who) for who in (ann, ben, cem)]
    assert count() == 3
    ok(room.kick(pids[0]))
    assert count() == 2
    watcher = room.stream(cem)
    room.stream(ben).close()
    watcher.until("participant_left")
    assert count() == 1
    watcher.close()


def test_the_creators_quiet_row_is_not_counted(api, room, student):
    room.join(student)
    room.act(room.teacher, "chat", text="hello")
    assert active(api, room.teacher)[room.id]["participant_count"] == 1


# --- end


def test_end_answers_and_is_final(api, room):
    assert ok(room.end()) == {"ok": True, "message": "Session ended successfully"}
    refused(room.end(), 400, "Session already ended")
    assert room.id not in active(api, room.teacher)


def test_end_is_in_the_database_and_in_the_log(server, room):
    ok(room.end())
    row = server.database().one(f"select is_active, ended_at from sessions where session_id = {room.id}")
    assert row["is_active"] is False and row["ended_at"]
    newest = room.logs()[0]
    assert (newest["event_type"], newest["user_id"]) == ("session_ended", room.teacher.id)
    assert set(newest["event_details"]) == {"ended_at"} and is_stamp(newest["event_details"]["ended_at"])


def test_end_checks_in_order(api, room, student):
    other = person(api, "teacher")
    refused(api.delete(f"/sessions/{ABSENT}", room.teacher), 404, "Session not found")
    refused(api.delete(f"/sessions/{ABSENT}", student), 403, "Teacher role required")
    refused(room.end(student), 403, "Teacher role required")
    refused(room.end(other), 403, "Only creator can end session")
    ok(room.end())
    refused(room.end(other), 400, "Session already ended")


def test_end_tells_every_stream_and_closes_it(room):
    streams = [room.stream(room.student()) for _ in range(3)]
    room.fence(*streams)
    ok(room.end())
    for stream in streams:
        events = [frame.event for frame in stream.rest()]
        assert events[0] == "session_ended" and set(events) == {"session_ended"}, events
        assert stream.reader.ended, "the stream broke off instead of ending"


def test_nothing_goes_on_in_an_ended_session(api, room, student):
    pid = room.join(student)
    ok(room.end())
    refused(api.post(room.path("/join"), student), 400, "Session is not active")
    refused(api.post(room.path("/join"), room.student()), 400, "Session is not active")
    assert hears_only(room, student) == {"type": "session_ended"}
    for who in (student, room.teacher):
        for kind in ("raise_hand", "chat", "mute_self", "end_session"):
            assert 400 <= room.action(who, kind, text="x").status < 500
    assert room.chat(student, pid, "late").status == 400
    assert 400 <= room.mute(pid).status < 500
    assert room.log_types() == ["session_created", "participant_joined", "session_ended"]


def test_an_ended_session_can_still_be_read(api, room, student):
    pid = room.join(student)
    ok(room.chat(student, pid, "before the end"))
    ok(room.end())
    assert room.state()["is_active"] is False
    assert [message["message"] for message in room.history()] == ["before the end"]
    assert room.summary()["event_counts"]["session_ended"] == 1


# --- state


def test_state_of_an_empty_session(room):
    assert room.state() == {"session_id": room.id, "is_active": True, "participants": [], "active_audio": None}


def test_state_demands_no_identity(api, room):
    assert set(ok(api.get(room.path("/state")))) == JOINED


def test_state_reports_people_as_they_are_now(room):
    ann, ben, cem = (room.student() for _ in range(3))
    pids = {who.id: room.join(who) for who in (ann, ben, cem)}
    room.act(ben, "raise_hand")
    ok(room.mute(pids[ben.id]))
    ok(room.kick(pids[cem.id]))
    state = room.state()
    assert sorted(state["participants"], key=lambda one: one["id"]) == [
        {"id": pids[ann.id], "user_id": ann.id, "name": ann.name, "muted": False, "hand_raised": False},
        {"id": pids[ben.id], "user_id": ben.id, "name": ben.name, "muted": True, "hand_raised": True},
    ]


def test_state_of_nothing(api, teacher):
    refused(api.get(f"/sessions/{ABSENT}/state", teacher), 404, "Session not found")


# --- students


def test_students_are_listed_for_teachers(api, teacher, student):
    people = {user["user_id"]: user for user in ok(api.get("/users/students", teacher))}
    assert set(people[student.id]) == {"user_id", "name", "phone_number", "role", "created_at"}
    assert people[student.id]["phone_number"] == student.phone
    assert {user["role"] for user in people.values()} == {"student"}
    assert teacher.id not in people


def test_students_are_not_listed_for_students(api, student):
    refused(api.get("/users/students", student), 403, "Teacher role required")
