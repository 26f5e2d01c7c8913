"""Rooms as the database and time change them: leaving memory and coming back, people changed or deleted behind the
server's back, a row the database refuses."""
from contextlib import ExitStack

import pytest

from classroom import Room, ok, person, refused
from client import Stream, consecutive, wait_until
from crowd import Crowd, Posters, check_law


@pytest.fixture(scope="module")
def restless(start_module_server):
    """A server whose rooms leave memory after a second of silence."""
    return start_module_server("--room-idle", 1)


def wait_passive(server, room):
    gone = lambda: f"classroom/{room.id}" not in server.admin("actors", "--json").stdout
    wait_until(gone, 20, 0.2, "the room's leave")


def test_a_room_leaves_memory_and_comes_back_as_it_was(restless):
    room = Room(restless.api)
    ann, ben, cem = room.student("Ann"), room.student("Ben"), room.student("Cem")
    pids = [room.join(who) for who in (ann, ben, cem)]
    stream = room.stream(ann)
    room.act(ben, "raise_hand")
    ok(room.mute(pids[1]))
    ok(room.kick(pids[2]))
    room.act(room.teacher, "chat", text="before")
    stream.until("chat")
    stream.close()
    wait_until(lambda: room.logs(event_type="participant_left"), what="Ann's departure")
    before = room.state()
    wait_passive(restless, room)
    assert room.state()["participants"] == before["participants"]
    with Stream(room.api, room.id, ann, last_id=stream.last_id) as again:
        state = again.expect("connected", "session_state")[1]
        assert state.data["participants"][str(pids[1])]["raised_hand"] is True
        resumed = again.until("resumed")
        assert [frame.event for frame in again.seen[2:]] == ["participant_left", "resumed"]
        assert consecutive(again.seen)[0] == int(stream.last_id.rsplit("-", 1)[1]) + 1
        assert resumed.epoch == stream.last_id.rsplit("-", 1)[0]
    assert room.action(cem, "raise_hand").status == 403


def test_a_room_with_a_stream_stays(restless):
    """Silence is no reason to leave while somebody listens."""
    room, other = Room(restless.api), Room(restless.api)
    with room.stream(room.student()) as stream:
        wait_passive(restless, other)
        room.act(room.teacher, "chat", text="still here")
        assert stream.expect("chat").data["text"] == "still here"
        consecutive(stream.seen)


def test_a_new_role_counts_at_once(server, api, student):
    refused(api.post("/sessions", student, json={"title": "x"}), 403, "Teacher role required")
    server.database().text(f"update users set role = 'teacher' where user_id = {student.id}")
    wait_until(lambda: api.post("/sessions", student, json={"title": "x"}).status == 200, 5, what="the new role")
    server.database().text(f"update users set role = 'student' where user_id = {student.id}")
    wait_until(lambda: api.post("/sessions", student, json={"title": "x"}).status == 403, 5, what="the old role")


def test_a_deleted_person_is_nobody_at_once(server, api, student):
    ok(api.get("/sessions/active", student))
    server.database().text(f"delete from users where user_id = {student.id}")
    wait_until(lambda: api.get("/sessions/active", student).status == 404, 5, what="the end of a person")
    assert api.get("/sessions/active", token=student.token).status in (401, 404)


def test_a_room_survives_the_deletion_of_its_people(server, room):
    """The rows of a participant vanish under a live room; what is logged about them then cannot be kept."""
    gone, stays = room.student(), room.student()
    lost, kept = room.stream(gone), room.stream(stays)
    pid = lost.seen[0].data["participant_id"]
    room.fence(kept)
    server.database().text(f"delete from users where user_id = {gone.id}")
    lost.close()
    room.mute(pid)
    wait_until(lambda: room.action(stays, "chat", text="we go on").status == 200, 15, 0.1, "the room's next word")
    said = [message["message"] for message in room.history()]
    assert said.count("we go on") == 1
    with Stream(room.api, room.id, stays, last_id=kept.last_id) as again:
        room.fence(again)
        consecutive(again.seen)
        assert "reset" not in [frame.event for frame in again.seen]
        assert "we go on" in [frame.data["text"] for frame in again.seen if frame.event == "chat"]
    kept.close()


def test_a_refused_row_fails_its_room_and_no_other(start_server):
    """Rooms share a commit; what the database refuses of one must not cost another an answer."""
    server = start_server("--workers", 1)
    server.database().text("alter table chat_messages add check (message not like 'poison%') not valid")
    people = [person(server.api) for _ in range(8)]
    sick, well = Room(server.api), Room(server.api)
    with ExitStack() as stack:
        pids = {room.id: [room.join(who) for who in people] for room in (sick, well)}
        crowds = {room.id: stack.enter_context(Crowd(room, people)) for room in (sick, well)}
        posters = stack.enter_context(Posters(server, well, people[:4], pids[well.id]))
        crowds[sick.id].wait_connected()
        for turn in range(2):
            posters.wait_more(10)
            answer = sick.chat(people[0], pids[sick.id][0], f"poison {turn}")
            assert answer.status in (500, 503), answer
            wait_until(lambda: sick.action(people[1], "raise_hand").status == 200, 15, 0.1, "the sick room's recovery")
        posters.wait_more(10)
        posters.stop()
        assert [set(poster.statuses) for poster in posters.posters] == [{200}] * 4
        check_law(server.database(), well, crowds[well.id], posters)
        nobody = Posters(server, sick, [], [])
        check_law(server.database(), sick, crowds[sick.id], nobody)
        assert [one["message"] for one in sick.history() if one["message"].startswith("poison")] == []
        crowds[well.id].wait(lambda one: one.connects == 1, "that no stream of the other room was cut", 1)
