"""Rooms and people as an operator sees and steers them; what an operator does to a room is durable and heard like anybody's command."""
import pytest

from admin import Operator, Refused
from classroom import Room, login, ok, refused
from client import wait_until

ABSENT = 2_000_000_000


def log_rows(server, room, kind):
    return server.database().rows(f"select * from classroom.logs where session_id = {room.id} and event_type = '{kind}'")


def test_rooms_and_one_of_them(admin, room):
    streams = [room.stream(room.student()) for _ in range(3)]
    rows = admin("rooms", "--by", "streams")
    mine = next(row for row in rows if row["room"] == room.id)
    assert mine["streams"] == mine["present"] == 3 and mine["active"] and mine["creator"] == room.teacher.id
    assert [row["streams"] for row in rows] == sorted((row["streams"] for row in rows), reverse=True)
    assert len(admin("rooms", "--top", 1, "--by", "memory")) == 1
    assert admin("room", room.id)["streams"] == 3
    for stream in streams:
        stream.close()


def test_members_and_recent_events(admin, room):
    student = room.student("Ada")
    stream = room.stream(student)
    pid = room.join(student)
    ok(room.chat(student, pid, "a secret of ours"))
    members = admin("room", room.id, "members")
    assert [(m["participant_id"], m["user_id"], m["name"], m["streams"]) for m in members] == [(pid, student.id, "Ada", 1)]
    events = admin("room", room.id, "events")
    assert [event["seq"] for event in events] == sorted(event["seq"] for event in events)
    assert events[-1]["event"] == "chat" and events[-1]["data"]["message"] == "a secret of ours"
    assert admin("room", room.id, "events", "--top", 1) == events[-1:]
    stream.close()


def test_what_is_said_is_not_for_viewers(start_server, tmp_path):
    server = start_server("--viewer-socket", tmp_path / "v")
    room = Room(server.api)
    student = room.student()
    stream = room.stream(student)
    ok(room.chat(student, room.join(student), "a secret of ours"))
    seen = Operator(server, "--admin-socket", tmp_path / "v")("room", room.id, "events")
    assert seen[-1]["event"] == "chat" and "data" not in seen[-1] and "secret" not in str(seen)
    stream.close()


def test_a_kick(admin, server, room):
    victim, other = room.student(), room.student()
    leaving, staying = room.stream(victim), room.stream(other)
    pid = room.join(victim)
    assert admin("room", room.id, "kick", pid) == {"room": room.id, "participant": pid, "done": True}
    assert leaving.until("kicked").data["reason"] == "Removed by teacher"
    assert admin("room", room.id, "members")[0]["kicked"]
    refused(room.api.post(room.path("/join"), victim), 403, "You were removed from this session")
    row, = log_rows(server, room, "participant_kicked")
    assert row["user_id"] is None and row["event_details"]["operator"] is True
    with pytest.raises(Refused, match="(?i)participant not found"):
        admin("room", room.id, "kick", ABSENT)
    staying.close()


def test_a_close(admin, server, room):
    stream = room.stream(room.student())
    assert admin("room", room.id, "close")["done"]
    stream.until("session_ended")
    row, = log_rows(server, room, "session_ended")
    assert row["user_id"] is None and row["event_details"]["operator"] is True
    assert server.database().one(f"select is_active from classroom.sessions where session_id = {room.id}") == {"is_active": False}
    with pytest.raises(Refused, match="(?i)session"):
        admin("room", room.id, "close")
    logs = ok(room.api.get(room.path("/logs"), room.teacher))
    assert "session_ended" in str(logs)


def test_a_room_that_is_not_in_memory_can_be_closed(admin, room):
    assert admin("room", room.id, "close")["done"]


@pytest.mark.parametrize("words, says", [
    (["room", ABSENT], "is not in memory"), (["room", ABSENT, "members"], "is not in memory"), (["room", "x"], "whole number"),
    (["room", ABSENT, "close"], "(?i)session not found"), (["room", 1, "dance"], "usage: room"), (["users", ABSENT], "there is no user"),
    (["users", ABSENT, "revoke"], "there is no user"), (["users", "0", "sessions"], "whole number"),
], ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value)))
def test_mistakes(admin, words, says):
    with pytest.raises(Refused, match=says):
        admin(*words)


def test_a_person_and_where_they_are(admin, api, room):
    student = room.student("Grace")
    assert admin("users", student.id)["name"] == "Grace" and admin("users", student.id)["roles"] == {"classroom": "student"}
    assert admin("users", student.id, "sessions") == []
    stream = room.stream(student)
    part, = admin("users", student.id, "sessions")
    assert part["room"] == room.id and part["streams"] == 1 and part["present"]
    stream.close()


def test_revoked_tokens_count_nowhere_any_more(start_server):
    server = start_server()
    admin, room, api = Operator(server), Room(server.api), server.api
    victim, other = room.student(), room.student()
    stream, kept = room.stream(victim, token=victim.token), room.stream(other)
    calls = lambda token: {api.get("/sessions/active", token=token).status for _ in range(16)}  # over both workers
    assert calls(victim.token) == calls(other.token) == {200}
    assert admin("users", victim.id, "revoke") == {"user_id": victim.id, "done": True, "everywhere": True, "rooms_left": 1}
    assert calls(victim.token) == {401} and calls(other.token) == {200}
    stream.rest()
    assert admin("users", victim.id, "sessions")[0]["streams"] == 0
    kept.until(lambda frame: frame.event == "participant_left")
    since = admin("users", victim.id)["tokens_from"]
    assert since
    anew = lambda: (token := ok(login(api, victim.phone))["access_token"]) and calls(token) == {200}
    wait_until(anew, what="a token of the next second")
    server.stop()
    server.start()
    assert calls(victim.token) == {401}
    kept.close()
    stream.close()
