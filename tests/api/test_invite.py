"""Classroom contract, sections 4 (invite) and 10 (push tokens): who may, what is answered, what is logged, what it undoes."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ABSENT, TOO_BIG, is_stamp, loc_of, new_phone, ok, person, refused, register_token


REMOVED, NOT_FOUND = ({"ok": True, "message": f"Token {what}"} for what in ("removed", "not found"))


def rows_of(server, token):
    return server.database().rows(f"select user_id, device_type, created_at, last_used from fcm_tokens where token = '{token}'")


# ---- push tokens ----

def test_a_token_is_registered_and_updated(server, api, student):
    token, said = register_token(api, student, device_type="mobile")
    assert said == "Token registered"
    first = rows_of(server, token)
    body = {"token": token, "device_type": "web"}
    assert ok(api.post("/users/fcm-token", student, json=body)) == {"ok": True, "message": "Token updated"}
    (row,) = rows_of(server, token)
    assert (row["user_id"], row["device_type"], row["created_at"]) == (student.id, "web", first[0]["created_at"])
    assert row["last_used"] > first[0]["last_used"]


@pytest.mark.parametrize("given, kept", [({}, "unknown"), ({"device_type": None}, "unknown"), ({"device_type": "x" * 200}, "x" * 20),
                                         ({"device_type": "é" * 21}, "é" * 20)])
def test_the_kind_of_device(server, api, student, given, kept):
    token, _ = register_token(api, student, **given)
    assert [row["device_type"] for row in rows_of(server, token)] == [kept]


def test_a_token_moves_to_its_newest_user(server, api, student):
    (token, _), other = register_token(api, student), person(api)
    assert register_token(api, other, token)[1] == "Token registered"
    assert [row["user_id"] for row in rows_of(server, token)] == [other.id]
    assert ok(api.delete("/users/fcm-token", student, json={"token": token})) == NOT_FOUND
    assert register_token(api, student, token)[1] == "Token registered"


def test_a_race_of_registrations_leaves_one_row(server, api, student):
    """Of one person's the first is told so, and no other; of two people's the last has it."""
    token, people = f"raced-by-{student.id}", [student, person(api)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: register_token(api, student, token)[1], range(16)))
        assert sorted(answers) == ["Token registered"] + ["Token updated"] * 15
        list(pool.map(lambda n: register_token(api, people[n % 2], token), range(16)))
    assert len(rows_of(server, token)) == 1


@pytest.mark.parametrize("how", ["body", "query", "query and empty body"])
def test_a_token_is_removed(server, api, student, how):
    token, _ = register_token(api, student)
    request = {"body": {"json": {"token": token}}, "query": {"query": {"token": token}},
               "query and empty body": {"query": {"token": token}, "json": {}}}[how]
    assert ok(api.delete("/users/fcm-token", student, **request)) == REMOVED
    assert rows_of(server, token) == []
    assert ok(api.delete("/users/fcm-token", student, **request)) == NOT_FOUND


def test_only_the_callers_own_token_is_removed(server, api, student):
    token, _ = register_token(api, student)
    assert ok(api.delete("/users/fcm-token", person(api), query={"token": token})) == NOT_FOUND
    assert len(rows_of(server, token)) == 1


@pytest.mark.parametrize("body, place", [({"json": {}}, ["body", "token"]), ({"json": {"token": None}}, ["body", "token"]),
                                         ({"json": {"token": 5}}, ["body", "token"]), ({"json": {"token": ""}}, ["body", "token"]),
                                         ({"json": {"token": "a\0b"}}, ["body", "token"]),
                                         ({"json": {"token": "x" * 4097}}, ["body", "token"]),
                                         ({"json": {"token": "x", "device_type": 5}}, ["body", "device_type"])])
def test_what_is_no_token(api, student, body, place):
    assert place in loc_of(api.post("/users/fcm-token", student, **body))


def test_removal_without_a_token(api, student):
    for body in ({}, {"json": {}}, {"json": {"token": None}}):
        assert loc_of(api.delete("/users/fcm-token", student, **body)) == [["body", "token"]]


def test_a_token_as_long_as_they_may_get(server, api, student):
    token = new_phone() + "ü" * 4000
    assert [register_token(api, student, token)[1] for _ in range(2)] == ["Token registered", "Token updated"]
    assert ok(api.delete("/users/fcm-token", student, json={"token": token})) == REMOVED


def test_tokens_need_somebody(api):
    assert api.post("/users/fcm-token", json={"token": "x"}).status == 400
    assert api.post("/users/fcm-token", ABSENT, json={"token": "x"}).status == 404
    assert api.delete("/users/fcm-token", query={"token": "x"}).status == 400


def test_a_person_keeps_the_devices_used_last(server, api, student):
    tokens = [register_token(api, student)[0] for _ in range(53)]
    register_token(api, student, tokens[52])
    kept = server.database().rows(f"select token from fcm_tokens where user_id = {student.id}")
    assert {row["token"] for row in kept} == set(tokens[3:])


# ---- invite ----

@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_an_invite(room, student, form):
    for _ in range(2):
        register_token(room.api, student)
    body = {"form": {"student_id": student.id}} if form == "urlencoded" else {"parts": {"student_id": student.id}}
    assert ok(room.invite(student, **body)) == {"ok": True, "message": f"Invitation sent to {student.name}", "student_id": student.id,
                                                 "session_id": room.id, "notifications_sent": 2}
    (row,) = room.logs(event_type="participant_invited")
    details = row["event_details"]
    assert row["user_id"] == room.teacher.id and set(details) == {"invited_user_id", "invited_at"}
    assert details["invited_user_id"] == student.id and is_stamp(details["invited_at"]) and details["invited_at"] == row["created_at"]


def test_anybody_can_be_invited_and_has_no_device(room):
    other = person(room.api, "teacher", 'A "name", really')
    answer = ok(room.invite(other))
    assert (answer["message"], answer["notifications_sent"]) == ('Invitation sent to A "name", really', 0)
    assert ok(room.invite(room.teacher))["student_id"] == room.teacher.id


def test_who_may_not_invite(room, student):
    refused(room.invite(student, student), 403, "Teacher role required")
    refused(room.invite(student, person(room.api, "teacher")), 403, "Not your session")
    assert room.logs(event_type="participant_invited") == []


def test_what_is_not_there(room, student):
    refused(room.invite(ABSENT), 404, "Student not found")
    refused(room.invite(0), 404, "Student not found")
    refused(room.invite(-5), 404, "Student not found")
    refused(room.api.post(f"/sessions/{ABSENT}/invite", room.teacher, parts={"student_id": student.id}), 404, "Session not found")
    refused(room.api.post(f"/sessions/{ABSENT}/invite", room.teacher, parts={"student_id": ABSENT}), 404, "Session not found")
    refused(room.invite(ABSENT, person(room.api, "teacher")), 403, "Not your session")


def test_an_ended_session(room, student):
    ok(room.end())
    refused(room.invite(student), 400, "Session is not active")


@pytest.mark.parametrize("body", [{"form": {}}, {"parts": {}}, {"parts": {"student_id": "two"}}, {"form": {"student_id": ""}},
                                  {"form": {"student_id": str(TOO_BIG)}}, {"form": {"student": "2"}}])
def test_a_form_without_a_student(room, body):
    assert loc_of(room.invite(0, **body)) == [["body", "student_id"]]


def test_the_role_is_looked_at_before_the_form(room, student):
    refused(room.invite(0, student, form={}), 403, "Teacher role required")


def test_nobody_in_the_room_is_told(room, student):
    """Its place in the log is one that no stream is told: streams go on, and resume, as if it were not there."""
    stream = room.stream(student)
    ok(room.invite(person(room.api)))
    assert room.fence(stream) == []
    place = stream.last_id
    stream.close()
    room.act(room.teacher, "chat", text="meanwhile")
    ok(room.invite(student))
    room.act(room.teacher, "chat", text="later")
    again = room.stream(student, last_id=place)
    heard = again.until(lambda frame: frame.event == "resumed")
    told = [frame for frame in again.seen if frame.event == "chat"]
    assert [frame.data["text"] for frame in told] == ["meanwhile", "later"], heard
    between = set(range(told[0].seq, told[1].seq)) - {frame.seq for frame in again.seen}
    assert len(between) == 1, again.seen


def test_an_invite_lifts_a_ban(server, room, student):
    pid = room.join(student)
    ok(room.kick(pid))
    refused(room.api.post(room.path("/join"), student), 403, "You were removed from this session")
    ok(room.invite(student))
    row = server.database().one(f"select is_kicked, left_at from participants where participant_id = {pid}")
    assert row["is_kicked"] is False and row["left_at"]
    assert room.state()["participants"] == []
    assert room.join(student) == pid


def test_invites_race(room):
    """Every yes is a row of the log, whatever else happens at once."""
    people = [room.student() for _ in range(4)]
    pids = {who: room.join(who) for who in people}

    def one(n):
        who = people[n % 4]
        return [lambda: room.invite(who), lambda: room.kick(pids[who]), lambda: room.invite(who)][n % 3]().status

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(one, range(48)))
    assert set(statuses) == {200}
    logged = [row["event_details"]["invited_user_id"] for row in room.logs(event_type="participant_invited")]
    assert sorted(logged) == sorted(people[n % 4].id for n in range(48) if n % 3 != 1)


def test_without_a_key_nothing_is_queued(server, room, student):
    register_token(room.api, student)
    assert ok(room.invite(student))["notifications_sent"] == 1
    assert server.database().text("select count(*) from outbox.messages") == "0"
