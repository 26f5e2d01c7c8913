"""Contract section 6: what plays in a class and where; sections 8 and 9.2 for its logs and events."""
import itertools
import json
import math
import time

import pytest

import sounds
from classroom import ABSENT, TOO_BIG, Room, is_stamp, loc_of, ok, person, refused
from client import Stream, consecutive, wait_until

RECORD = {"audio_id", "status", "speed", "position", "title", "duration"}
NOTHING = {"audio_id": None, "status": "stopped", "speed": 1.0, "position": 0.0, "title": None, "duration": None}
_numbers = itertools.count(1)


def add_audio(server, owner, title="An air", duration=None):
    """A row of audio_files, as an upload leaves it."""
    columns = "title, file_path, duration, uploaded_by"
    values = f"$q${title}$q$, 'test-{next(_numbers)}', {'null' if duration is None else duration}, {owner.id}"
    return int(server.database().text(f"insert into audio_files ({columns}) values ({values}) returning audio_id"))


def song_form(title):
    """The form of an upload."""
    head = (f'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n{title}\r\n--b\r\n'
            'Content-Disposition: form-data; name="file"; filename="song.wav"\r\nContent-Type: audio/wav\r\n\r\n')
    return "multipart/form-data; boundary=b", head.encode() + sounds.wav(1.5) + b"\r\n--b--\r\n"


class Desk:
    """The teacher's player in one room."""

    def __init__(self, room):
        self.room, self.api = room, room.api

    def select(self, audio_id, who=None):
        return self.api.post(self.room.path("/audio/select"), who or self.room.teacher, query={"audio_id": audio_id})

    def play(self, who=None, **form):
        return self.api.post(self.room.path("/audio/play"), who or self.room.teacher, form=form)

    def pause(self, who=None):
        return self.api.post(self.room.path("/audio/pause"), who or self.room.teacher)

    def control(self, action, who=None, **fields):
        return self.api.post(self.room.path("/audio/control"), who or self.room.teacher,
                             json={"action": action, **fields})

    def done(self, action, **fields):
        """A control that must go well; its record."""
        answer = ok(self.control(action, **fields))
        assert set(answer) == {"ok", "action", "playback"} and answer["ok"] is True, answer
        assert set(answer["playback"]) == RECORD
        return answer["playback"]

    def state(self, who=None):
        record = ok(self.api.get(self.room.path("/audio/state"), who or self.room.teacher))
        assert set(record) == RECORD
        return record

    def log(self):
        return [(row["event_type"], row["event_details"]) for row in reversed(self.room.logs())
                if row["event_type"].startswith("audio_")]


@pytest.fixture
def desk(room):
    return Desk(room)


@pytest.fixture
def audio(server, teacher):
    return add_audio(server, teacher, "An air", 200.5)


@pytest.fixture
def listener(room):
    with room.stream(room.student()) as stream:
        yield stream


def event(stream, name):
    data = stream.expect(name).data
    assert data.pop("type") == name
    return data


# --- the endpoints, one by one


def test_nothing_is_selected_at_first(desk, room, listener):
    assert desk.state() == NOTHING
    assert listener.seen[1].data["playback"] == NOTHING
    assert desk.state(room.student()) == NOTHING


def test_select(desk, audio, room, listener):
    assert ok(desk.select(audio)) == {"ok": True, "audio_id": audio, "title": "An air"}
    assert event(listener, "audio_selected") == {"audio_id": audio, "title": "An air"}
    assert desk.log() == [("audio_selected", {"audio_id": audio, "audio_title": "An air"})]
    assert room.logs()[0]["user_id"] == room.teacher.id
    assert desk.state() == {**NOTHING, "audio_id": audio, "title": "An air", "duration": 200.5}


def test_play_and_pause_by_form(desk, audio, room, listener):
    ok(desk.select(audio))
    listener.expect("audio_selected")
    assert ok(desk.play()) == {"ok": True}
    assert event(listener, "audio_play") == {"audio_id": audio, "speed": 1.0, "position": 0.0, "title": "An air",
                                             "duration": 200.5}
    before = desk.state()
    assert before["status"] == "playing" and before["audio_id"] == audio
    assert ok(desk.pause()) == {"ok": True}
    told = event(listener, "audio_pause")
    after = desk.state()
    assert after == {**before, "status": "paused", "position": told["position"]} == desk.state()
    assert told == {"audio_id": audio, "speed": 1.0, "position": told["position"], "title": "An air",
                    "duration": 200.5}
    assert told["position"] >= before["position"]
    assert desk.log()[1:] == [("audio_play", {"audio_id": audio, "position": 0.0, "speed": 1.0}),
                              ("audio_pause", {"audio_id": audio, "position": told["position"]})]


@pytest.mark.parametrize("how", ["form", "parts"])
def test_play_with_all_fields(server, desk, audio, room, teacher, listener, how):
    other = add_audio(server, teacher, "Another")
    ok(desk.select(audio))
    listener.expect("audio_selected")
    fields = {"audio_id": other, "speed": 1.5, "position": 3.25}
    ok(desk.api.post(room.path("/audio/play"), teacher, **{how: fields}))
    assert event(listener, "audio_play") == {**fields, "title": "Another", "duration": None}
    record = desk.state()
    assert record["position"] >= 3.25 and {**record, "position": 0} == {
        "audio_id": other, "status": "playing", "speed": 1.5, "position": 0, "title": "Another", "duration": None}
    assert desk.log()[-1] == ("audio_play", fields)


@pytest.mark.parametrize("body", [{}, {"form": {}}, {"parts": {}}, {"form": {"audio_id": "", "speed": ""}}])
def test_play_with_an_empty_form(desk, audio, room, teacher, listener, body):
    ok(desk.select(audio))
    listener.expect("audio_selected")
    ok(desk.api.post(room.path("/audio/play"), teacher, **body))
    assert event(listener, "audio_play")["position"] == 0.0


def test_control_play(desk, audio, listener):
    """Without a select before."""
    record = desk.done("play", audio_id=audio, speed=2.0, position=10.5)
    assert record == {"audio_id": audio, "status": "playing", "speed": 2.0, "position": 10.5, "title": "An air",
                      "duration": 200.5}
    assert event(listener, "audio_play") == {"audio_id": audio, "speed": 2.0, "position": 10.5, "title": "An air",
                                             "duration": 200.5}
    assert desk.log() == [("audio_play", {"audio_id": audio, "position": 10.5, "speed": 2.0})]


def test_control_pause_as_the_app_sends_it(desk, audio, listener):
    desk.done("play", audio_id=audio, speed=2.0, position=10)
    listener.expect("audio_play")
    record = desk.done("pause", audio_id=None, speed=1.0, position=12.25)
    assert record == {"audio_id": audio, "status": "paused", "speed": 2.0, "position": 12.25, "title": "An air",
                      "duration": 200.5}
    assert event(listener, "audio_pause") == {"audio_id": audio, "speed": 2.0, "position": 12.25, "title": "An air",
                                              "duration": 200.5}
    assert desk.log()[-1] == ("audio_pause", {"audio_id": audio, "position": 12.25})
    assert desk.state() == record


def test_control_pause_without_a_position_stays_where_it_is(desk, audio):
    desk.done("play", audio_id=audio, position=10)
    first = desk.done("pause")
    assert 10 <= first["position"] and first["status"] == "paused"
    assert desk.done("pause") == first == desk.state()
    assert desk.done("pause", position=0) == {**first, "position": 0.0}


def test_seek_while_paused(desk, audio, listener):
    desk.done("play", audio_id=audio, speed=1.5)
    desk.done("pause", position=5)
    listener.expect("audio_play", "audio_pause")
    answer = ok(desk.control("seek", audio_id=None, speed=1.0, position=40))
    assert answer["action"] == "seek"
    assert answer["playback"] == {"audio_id": audio, "status": "paused", "speed": 1.5, "position": 40.0,
                                  "title": "An air", "duration": 200.5}
    assert event(listener, "audio_seek") == {"audio_id": audio, "speed": 1.5, "position": 40.0, "title": "An air",
                                             "duration": 200.5}
    assert desk.log()[-1] == ("audio_seek", {"audio_id": audio, "position": 40.0})
    assert desk.state()["position"] == 40.0


def test_seek_while_playing_is_told_as_a_play(desk, audio, listener):
    desk.done("play", audio_id=audio, speed=1.5)
    listener.expect("audio_play")
    answer = ok(desk.control("seek", audio_id=None, speed=1.0, position=40))
    assert answer["action"] == "play" and answer["playback"]["status"] == "playing"
    assert event(listener, "audio_play") == {"audio_id": audio, "speed": 1.5, "position": 40.0, "title": "An air",
                                             "duration": 200.5}
    assert desk.log()[-1] == ("audio_seek", {"audio_id": audio, "position": 40.0})
    assert desk.state()["position"] >= 40.0


def test_seek_before_anything_has_played(desk, audio):
    ok(desk.select(audio))
    assert desk.done("seek", position=7)["status"] == "stopped"
    assert desk.state()["position"] == 7.0


def test_speed(desk, audio, listener):
    desk.done("play", audio_id=audio, position=10)
    listener.expect("audio_play")
    answer = ok(desk.control("speed", speed=2.5))
    record = answer["playback"]
    assert answer["action"] == "speed" and record["speed"] == 2.5 and record["position"] >= 10
    assert event(listener, "audio_speed_change") == {"audio_id": audio, "speed": 2.5, "position": record["position"],
                                                     "title": "An air", "duration": 200.5}
    assert desk.log()[-1] == ("audio_play", {"audio_id": audio, "position": record["position"], "speed": 2.5})
    desk.done("pause", position=20)
    assert desk.done("speed", speed=0.5) == {"audio_id": audio, "status": "paused", "speed": 0.5, "position": 20.0,
                                             "title": "An air", "duration": 200.5}


def test_speed_survives_select_pause_and_seek_but_not_a_play(server, desk, audio, teacher):
    desk.done("play", audio_id=audio, speed=2)
    desk.done("pause")
    desk.done("seek", position=3)
    ok(desk.select(add_audio(server, teacher, "Another")))
    assert desk.state() == {**NOTHING, "audio_id": desk.state()["audio_id"], "title": "Another", "speed": 2.0}
    assert desk.done("play")["speed"] == 1.0


def test_the_position_runs_with_the_speed(desk, audio):
    """Bounds that hold however slow this machine is: it only rises, and never beyond the duration."""
    desk.done("play", audio_id=audio, speed=4.0, position=0)
    seen = [desk.state()["position"] for _ in range(50)]
    assert seen == sorted(seen) and seen[0] < seen[-1] <= 200.5


def test_the_position_stands_at_the_duration(server, desk, teacher, listener):
    short = add_audio(server, teacher, "Short", 1e-06)
    assert desk.done("play", audio_id=short, position=0)["position"] <= 1e-06
    desk.state()
    assert desk.state() == {"audio_id": short, "status": "playing", "speed": 1.0, "position": 1e-06, "title": "Short",
                            "duration": 1e-06}
    assert desk.done("play", audio_id=short, position=30)["position"] == 1e-06
    assert [event(listener, "audio_play")["position"] <= 1e-06 for _ in range(2)] == [True, True]
    assert desk.log()[-1][1]["position"] == 30.0
    ok(desk.pause())
    assert desk.state()["position"] == 1e-06


# --- who comes later


def test_a_late_joiner_starts_where_the_class_is(desk, audio, room):
    started = desk.done("play", audio_id=audio, speed=2.0, position=50)
    before = desk.state()
    with room.stream(room.student()) as late:
        record = late.seen[1].data["playback"]
    after = desk.state()
    assert started["position"] <= before["position"] <= record["position"] <= after["position"]
    assert {**record, "position": 50.0} == started


def test_session_state_names_what_plays(desk, audio, room, teacher):
    assert room.state()["active_audio"] is None
    ok(desk.select(audio))
    assert room.state()["active_audio"] is None
    desk.done("play")
    first = room.state()["active_audio"]
    assert set(first) == {"audio_id", "started_at"} and first["audio_id"] == audio and is_stamp(first["started_at"])
    assert first["started_at"] == room.logs(event_type="audio_play")[0]["created_at"]
    desk.done("seek", position=9)
    assert room.state()["active_audio"] == first
    desk.done("speed", speed=2)
    assert room.state()["active_audio"]["started_at"] > first["started_at"]
    ok(desk.pause())
    assert room.state()["active_audio"] is None
    desk.done("play")
    ok(desk.select(audio))
    assert room.state()["active_audio"] is None
    desk.done("play")
    ok(room.end())
    assert room.state()["active_audio"] is None


def test_a_row_for_every_playing(server, desk, audio, room, teacher):
    desk.done("play", audio_id=audio)
    desk.done("speed", speed=2)
    desk.done("play", position=3)
    ok(desk.pause())
    desk.done("speed", speed=3)
    desk.done("play", speed=0.5)
    rows = server.database().rows(f"select * from playback where session_id = {room.id} order by started_at")
    assert [(row["audio_file_id"], row["started_by"], row["speed"]) for row in rows] == [
        (audio, teacher.id, speed) for speed in (1.0, 2.0, 1.0, 0.5)]
    assert [row["ended_at"] for row in rows[:2]] == [row["started_at"] for row in rows[1:3]]
    assert rows[2]["ended_at"] < rows[3]["started_at"] and rows[3]["ended_at"] is None
    ok(room.end())
    last = server.database().one(f"select * from playback where playback_id = {rows[3]['playback_id']}")
    assert last["ended_at"] == server.database().one(f"select ended_at from sessions where session_id = {room.id}"
                                                     )["ended_at"]


def test_missed_events_are_told_again(desk, audio, room):
    student = room.student()
    with room.stream(student) as stream, room.stream(room.student()) as other:
        stream.expect("participant_joined")
        last = stream.last_id
        stream.close()
        other.until("participant_left")
        desk.done("play", audio_id=audio, position=5)
        desk.done("seek", position=8)
        desk.done("speed", speed=2)
        desk.done("pause", position=9)
        desk.done("seek", position=10)
        ok(desk.select(audio))
        events = [other.next() for _ in range(6)]
    with Stream(room.api, room.id, student, last_id=last) as again:
        again.until("resumed")
        assert [frame.raw for frame in again.seen if frame.event.startswith("audio_")] == [one.raw for one in events]
        assert again.seen[1].data["playback"] == desk.state()
        consecutive(again.seen)


# --- what is refused


COMMANDS = {
    "select": lambda desk, audio, who=None: desk.select(audio, who),
    "play": lambda desk, audio, who=None: desk.play(who, audio_id=audio),
    "pause": lambda desk, audio, who=None: desk.pause(who),
    "control play": lambda desk, audio, who=None: desk.control("play", who, audio_id=audio),
    "control pause": lambda desk, audio, who=None: desk.control("pause", who, audio_id=audio, position=1),
    "control seek": lambda desk, audio, who=None: desk.control("seek", who, audio_id=audio, position=1),
    "control speed": lambda desk, audio, who=None: desk.control("speed", who, audio_id=audio, speed=2),
    "control other": lambda desk, audio, who=None: desk.control("rewind", who, audio_id=audio),
}
NAMING = sorted(set(COMMANDS) - {"pause"})


@pytest.mark.parametrize("command", COMMANDS)
def test_only_the_creator_commands(desk, audio, room, listener, command):
    refused(COMMANDS[command](desk, audio, room.student()), 403, "Teacher role required")
    refused(COMMANDS[command](desk, audio, person(room.api, "teacher")), 403, "Not your session")
    assert room.fence(listener) == [] and desk.state() == NOTHING


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_and_ended_sessions(desk, audio, room, command):
    ok(room.end())
    refused(COMMANDS[command](desk, audio), 400, "Session is not active")
    room.id = ABSENT
    refused(COMMANDS[command](desk, audio), 404, "Session not found")
    refused(COMMANDS[command](desk, ABSENT), 404, "Session not found")


def test_the_state_of_unknown_and_ended_sessions(desk, room, student):
    ok(room.end())
    refused(desk.api.get(room.path("/audio/state"), student), 400, "Session is not active")
    refused(desk.api.get(f"/sessions/{ABSENT}/audio/state", student), 404, "Session not found")
    assert desk.api.get(room.path("/audio/state")).status == 400
    refused(desk.api.get(room.path("/audio/state"), ABSENT), 404, "User not found")


@pytest.mark.parametrize("command", NAMING)
def test_files_that_cannot_be_played(server, desk, room, command):
    """Not there, or somebody else's."""
    stranger = add_audio(server, person(room.api, "teacher"))
    for audio in (ABSENT, 0, -1, stranger):
        refused(COMMANDS[command](desk, audio), 404, "Audio file not found")
    assert desk.state() == NOTHING and desk.log() == []


def test_nothing_to_play(desk):
    refused(desk.play(), 400, "No audio selected for this session")
    for action in ("play", "pause", "seek", "speed", "rewind"):
        refused(desk.control(action), 400, "No audio selected")
    assert ok(desk.pause()) == {"ok": True}
    assert desk.state() == {**NOTHING, "status": "paused"}


def test_an_unknown_action(desk, audio):
    ok(desk.select(audio))
    for action in ("rewind", "", "PLAY", "play "):
        refused(desk.control(action), 400, "Invalid action")


def test_an_audio_in_a_pause_or_a_seek_changes_nothing(server, desk, audio, teacher):
    other = add_audio(server, teacher, "Another")
    ok(desk.select(audio))
    for action in ("pause", "seek", "speed"):
        assert desk.done(action, audio_id=other, position=2)["audio_id"] == audio
    assert all(details["audio_id"] == audio for _, details in desk.log())


BAD_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e400", '"abc"', '""', "[]", "{}", "true", '"NaN"', '"inf"', "null"]


@pytest.mark.parametrize("field", ["speed", "position"])
@pytest.mark.parametrize("number", BAD_NUMBERS)
def test_numbers_that_are_none(desk, audio, field, number):
    ok(desk.select(audio))
    raw = f'{{"action": "play", "{field}": {number}}}'.encode()
    loc_of(desk.api.post(desk.room.path("/audio/control"), desk.room.teacher, body=raw,
                         content_type="application/json"))
    assert desk.state()["status"] == "stopped"


@pytest.mark.parametrize("field, value", [("speed", 0), ("speed", -1), ("speed", 4.001), ("speed", 1e300),
                                          ("speed", -0.0), ("position", -0.001), ("position", -1),
                                          ("position", 1e300)])
def test_numbers_out_of_bounds(desk, audio, field, value):
    ok(desk.select(audio))
    for action in ("play", "pause", "seek", "speed"):
        assert loc_of(desk.control(action, **{field: value})) == [["body", field]]
    assert loc_of(desk.play(**{field: value})) == [["body", field]]
    assert desk.state()["status"] == "stopped"


@pytest.mark.parametrize("form", [{"speed": "fast"}, {"speed": "nan"}, {"position": "inf"}, {"position": "0x10"},
                                  {"audio_id": "one"}, {"audio_id": TOO_BIG}, {"position": "1e400"}])
def test_forms_that_are_wrong(desk, audio, form):
    ok(desk.select(audio))
    assert loc_of(desk.play(**form)) == [["body", next(iter(form))]]


@pytest.mark.parametrize("speed", [1e-300, 0.001, 4])
def test_speeds_at_the_bounds(desk, audio, speed):
    assert desk.done("play", audio_id=audio, speed=speed)["speed"] == speed
    assert math.isfinite(desk.state()["position"])


def test_select_needs_a_number(desk, audio):
    path = desk.room.path("/audio/select")
    assert loc_of(desk.api.post(path, desk.room.teacher)) == [["query", "audio_id"]]
    for text in ("one", "", TOO_BIG, "1.5"):
        assert loc_of(desk.api.post(path, desk.room.teacher, query={"audio_id": text})) == [["query", "audio_id"]]


def test_control_needs_an_action(desk):
    for body in ({}, {"action": None}, {"action": 5}, {"speed": 1}):
        answer = desk.api.post(desk.room.path("/audio/control"), desk.room.teacher, json=body)
        assert loc_of(answer) == [["body", "action"]]
    answer = desk.api.post(desk.room.path("/audio/control"), desk.room.teacher)
    assert loc_of(answer) == [["body"]]


def test_titles_are_told_as_they_are(server, desk, teacher, listener):
    title = 'A "quoted" \\ tune \u00e9\u4e16\U0001f3b5'
    audio = add_audio(server, teacher, title)
    assert ok(desk.select(audio))["title"] == title
    assert event(listener, "audio_selected")["title"] == title
    assert desk.log()[-1][1]["audio_title"] == title
    assert json.dumps(desk.state()["title"]) == json.dumps(title)


# --- a file from the hand of the teacher to the ears of the class


def test_an_uploaded_file_plays(desk, room, teacher, listener):
    content_type, body = song_form("A song")
    song = ok(desk.api.post("/audio/upload", teacher, body=body, content_type=content_type))
    listed = ok(desk.api.get("/audio/list", teacher))[0]
    assert ok(desk.select(song["audio_id"])) == {"ok": True, "audio_id": song["audio_id"], "title": "A song"}
    assert event(listener, "audio_selected")["title"] == "A song"
    ok(desk.play(speed=4, position=1.25))
    told = event(listener, "audio_play")
    assert told == {"audio_id": song["audio_id"], "speed": 4.0, "position": 1.25, "title": "A song",
                    "duration": listed["duration"]}
    assert listed["duration"] == pytest.approx(1.5, abs=0.01)
    assert wait_until(lambda: desk.state()["position"] == listed["duration"], what="the end of the song")
    assert desk.api.get(f"/audio/{song['audio_id']}/stream").body == sounds.wav(1.5)


# --- a restart in the middle of a class

DRIFT = 0.05  # of the wall clock against this process's own, seconds


def between(read):
    """A reading, and the times of this process before it was asked for and after it had come."""
    asked = time.monotonic()
    value = read()
    return asked, value, time.monotonic()


def killed(server):
    server.kill()
    server.start()


def stopped(server):
    server.stop()
    server.start()


@pytest.mark.parametrize("end", [killed, stopped])
def test_a_playing_class_goes_on_as_if_time_had_passed(start_server, end):
    server = start_server()
    desk = Desk(Room(server.api))
    audio = add_audio(server, desk.room.teacher, "Long", 100000)
    desk.done("play", audio_id=audio, speed=4.0, position=100)
    for _ in range(2):
        first, before, then = between(desk.state)
        end(server)
        asked, after, last = between(desk.state)
        passed = after["position"] - before["position"]
        assert 4 * (asked - then - DRIFT) <= passed <= 4 * (last - first + DRIFT)
        assert {**before, "position": 0} == {**after, "position": 0}
    with desk.room.stream(desk.room.student()) as late:
        record = late.seen[1].data["playback"]
    assert after["position"] <= record["position"] <= desk.state()["position"]
    assert desk.room.state()["active_audio"]["audio_id"] == audio
    ok(desk.pause())
    row = server.database().one(f"select * from playback where session_id = {desk.room.id}")
    assert row["ended_at"] > row["started_at"]


def test_a_playing_whose_file_was_deleted_ends_with_the_class(start_server):
    server = start_server()
    desk = Desk(Room(server.api))
    audio = add_audio(server, desk.room.teacher, "Gone", 100000)
    desk.done("play", audio_id=audio)
    server.kill()
    server.start()
    server.database().text(f"delete from audio_files where audio_id = {audio}")
    assert desk.state()["status"] == "stopped" and desk.state()["audio_id"] is None
    ok(desk.room.end())
    row = server.database().one(f"select * from playback where session_id = {desk.room.id}")
    assert row["audio_file_id"] is None and row["ended_at"] is not None
    assert desk.room.state()["active_audio"] is None


def test_what_stands_still_stays_where_it_is(start_server):
    server = start_server()
    desks = [Desk(Room(server.api)) for _ in range(4)]
    for desk in desks:
        desk.audio = add_audio(server, desk.room.teacher, "Short", 2e-06)
        desk.done("play", audio_id=desk.audio, speed=2.0)
    paused, selected, ended, at_the_end = desks
    ok(paused.control("pause", position=12.345678))
    ok(selected.select(selected.audio))
    ok(ended.room.end())
    before = [desk.state() for desk in (paused, selected)]
    killed(server)
    assert [desk.state() for desk in (paused, selected)] == before
    assert before[0]["position"] == 12.345678 and before[1]["status"] == "stopped"
    assert at_the_end.state() == {"audio_id": at_the_end.audio, "status": "playing", "speed": 2.0, "position": 2e-06,
                                  "title": "Short", "duration": 2e-06}
    refused(ended.control("play"), 400, "Session is not active")
    assert paused.log()[-1] == ("audio_pause", {"audio_id": paused.audio, "position": 12.345678})


def test_events_of_playback_are_told_again_after_a_kill(start_server):
    server = start_server()
    room = Room(server.api)
    desk = Desk(room)
    student = room.student()
    audio = add_audio(server, room.teacher, "Long", 1000)
    with room.stream(student) as stream, room.stream(room.student()) as other:
        stream.expect("participant_joined")
        last = stream.last_id
        desk.done("play", audio_id=audio, position=5)
        desk.done("speed", speed=2)
        desk.done("pause", position=9)
        raw = [other.next().raw for _ in range(3)]
    killed(server)
    with Stream(room.api, room.id, student, last_id=last) as again:
        again.until("resumed")
        assert [frame.raw for frame in again.seen if frame.event.startswith("audio_")] == raw
        assert again.seen[1].data["playback"] == desk.state()
