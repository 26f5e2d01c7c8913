"""Contract section 9.3: every row of the action table, and the creator who never joined."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ABSENT, Room, is_stamp, loc_of, ok, person, refused

NOT_IN = "You are not a participant in this session. Connect to the SSE stream first."


@pytest.fixture
def pair(room, student):
    """The room, a student with a stream, a listener's stream."""
    own, other = room.stream(student), room.stream(room.student())
    own.expect("participant_joined")
    yield room, student, own, other
    own.close()
    other.close()


def pid_of(stream):
    return stream.seen[0].data["participant_id"]


def muted_by(stream):
    data = stream.expect("participant_muted").data
    assert set(data) == {"type", "participant_id", "is_muted"}
    return data["participant_id"], data["is_muted"]


def newest(room):
    row = room.logs()[0]
    return row["event_type"], row["user_id"], row["event_details"]


@pytest.mark.parametrize("fields, mute", [({"mute": True}, True), ({"mute": False}, False), ({}, False),
                                          ({"mute": None}, False)])
def test_mute_self(server, pair, fields, mute):
    room, student, own, other = pair
    pid = pid_of(own)
    room.act(student, "mute_self", **fields)
    for stream in (own, other):
        assert muted_by(stream) == (pid, mute)
    kind, flag = ("participant_muted", "is_self_mute") if mute else ("participant_unmuted", "is_self_unmute")
    assert newest(room) == (kind, student.id, {"participant_id": pid, "target_user_id": student.id, flag: True})
    row = server.database().one(f"select is_muted from participants where participant_id = {pid}")
    assert row["is_muted"] is mute


def test_hands_go_up_and_down_each_time_anew(server, pair):
    room, student, own, other = pair
    pid = pid_of(own)
    for kind, event in [("raise_hand", "hand_raised"), ("raise_hand", "hand_raised"), ("lower_hand", "hand_lowered"),
                        ("lower_hand", "hand_lowered"), ("raise_hand", "hand_raised")]:
        room.act(student, kind)
        for stream in (own, other):
            assert stream.expect(event).data == {"type": event, "participant_id": pid,
                                                 "hands": [pid] if event == "hand_raised" else []}
        assert newest(room) == (event, student.id, {"participant_id": pid})
    row = server.database().one(f"select hand_raised from participants where participant_id = {pid}")
    assert row["hand_raised"] is True


def test_chat(pair):
    room, student, own, other = pair
    pid = pid_of(own)
    room.act(student, "chat", text="  Hello everyone!\n ")
    for stream in (own, other):
        data = stream.expect("chat").data
        assert is_stamp(data.pop("timestamp"))
        assert data == {"type": "chat", "from": pid, "participant_id": pid, "sender_name": student.name,
                        "text": "Hello everyone!", "message": "Hello everyone!"}
    assert newest(room) == ("chat_message", student.id,
                            {"participant_id": pid, "message": "Hello everyone!", "message_length": 15})
    assert [message["message"] for message in room.history()] == ["Hello everyone!"]


@pytest.mark.parametrize("fields", [{}, {"text": None}, {"text": ""}, {"text": "   \n\t "}])
def test_an_empty_chat_is_refused(pair, fields):
    room, student, own, _ = pair
    refused(room.action(student, "chat", **fields), 400, "Empty message")
    assert room.fence(own) == []


def test_a_long_chat_is_refused_or_kept_whole(room, student):
    room.join(student)
    answer = room.action(student, "chat", text="x" * 5000)
    assert answer.status in (200, 400, 413, 422)
    assert [len(message["message"]) for message in room.history()] == ([5000] if answer.status == 200 else [])


@pytest.mark.parametrize("kind, mute", [("mute_participant", True), ("unmute_participant", False)])
@pytest.mark.parametrize("ignored", [{}, {"mute": True}, {"mute": False}])
def test_the_type_decides_about_a_mute(pair, kind, mute, ignored):
    room, student, own, other = pair
    pid = pid_of(own)
    room.act(room.teacher, kind, target_participant_id=pid, **ignored)
    for stream in (own, other):
        assert muted_by(stream) == (pid, mute)
    kept, flag = ("participant_muted", "is_self_mute") if mute else ("participant_unmuted", "is_self_unmute")
    assert newest(room) == (kept, room.teacher.id, {"participant_id": pid, "target_user_id": student.id, flag: False})
    assert [one["muted"] for one in room.state()["participants"] if one["id"] == pid] == [mute]


def test_kick(server, pair):
    room, student, own, other = pair
    pid = pid_of(own)
    room.act(room.teacher, "kick_participant", target_participant_id=pid)
    frames = own.rest()
    assert [frame.event for frame in frames] == ["kicked"] and own.reader.ended
    assert frames[0].data["reason"]
    assert other.expect("participant_kicked").data == {"type": "participant_kicked", "participant_id": pid}
    row = server.database().one(f"select is_kicked, left_at from participants where participant_id = {pid}")
    assert row["is_kicked"] is True and row["left_at"]
    (log,) = room.logs(event_type="participant_kicked")
    assert log["user_id"] == room.teacher.id
    assert set(log["event_details"]) == {"participant_id", "kicked_user_id", "reason", "kicked_at"}
    assert room.action(student, "raise_hand").status == 403


def test_end_session(server, pair):
    room, _, own, other = pair
    room.act(room.teacher, "end_session")
    for stream in (own, other):
        events = [frame.event for frame in stream.rest()]
        assert events == ["session_ended"], events
        assert stream.reader.ended
    assert server.database().one(f"select is_active from sessions where session_id = {room.id}")["is_active"] is False
    (log,) = room.logs(event_type="session_ended")
    assert log["user_id"] == room.teacher.id and set(log["event_details"]) == {"ended_at"}
    refused(room.end(), 400, "Session already ended")
    assert 400 <= room.action(room.teacher, "end_session").status < 500


@pytest.mark.parametrize("kind", ["mute_participant", "unmute_participant", "kick_participant"])
def test_teacher_actions_refuse(api, room, student, kind):
    pid, other = room.join(student), Room(api)
    guest = person(api, "teacher")
    room.join(guest)
    refused(room.action(student, kind, target_participant_id=pid), 403, "Teacher permission required")
    refused(room.action(student, kind), 403, "Teacher permission required")
    assert room.action(guest, kind, target_participant_id=pid).status == 403
    refused(room.action(room.teacher, kind), 400, "target_participant_id required")
    refused(room.action(room.teacher, kind, target_participant_id=None), 400, "target_participant_id required")
    refused(room.action(room.teacher, kind, target_participant_id=ABSENT), 404, "Target participant not found")
    foreign = other.join(other.student())
    refused(room.action(room.teacher, kind, target_participant_id=foreign), 404, "Target participant not found")
    assert sorted(one["user_id"] for one in room.state()["participants"]) == sorted([student.id, guest.id])


def test_end_session_refuses_others(room, student):
    room.join(student)
    guest = person(room.api, "teacher")
    room.join(guest)
    refused(room.action(student, "end_session"), 403, "Teacher permission required")
    assert room.action(guest, "end_session").status == 403
    assert room.state()["is_active"] is True


# --- signals

SIGNALS = [{"type": "offer", "sdp": "v=0\r\n" + "a=candidate ünïcode \u2028 \"x\"\r\n" * 300},
           {"type": "ice_candidates_batch", "candidates": [{"candidate": "c", "sdpMLineIndex": 0, "f": 1.5}] * 20},
           {}, {"deep": [[[[{"a": [True, False, 0, -1, 1234567890123456789, 1e30]}]]]]}]


@pytest.mark.parametrize("payload", SIGNALS, ids=["offer", "ice", "empty", "nested"])
def test_a_signal_reaches_its_target_untouched_and_nobody_else(pair, payload):
    room, student, own, other = pair
    room.act(student, "webrtc_signal", target_participant_id=pid_of(other), payload=payload)
    frame = other.expect("webrtc_signal")
    assert frame.data == {"type": "webrtc_signal", "from": pid_of(own), "to": pid_of(other), "payload": payload}
    assert frame.id is None, "a signal is not kept, so it has no place in the order"
    before = room.fence(own, other)
    assert before == [[], []]
    assert "webrtc_signal" not in room.log_types()


@pytest.mark.parametrize("body, payload", [
    (r'"pay\u006coad":{"a":1}', {"a": 1}), (r'"\u0070\u0061\u0079\u006C\u006f\u0061\u0064" : { "a" : [ "}" ] }', {"a": ["}"]}),
    (r'"payload":{"a":1},"pay\u006coad":{"b":2}', {"b": 2}), (r'"pay\u006coad":{"b":2},"payload":{"a":1}', {"a": 1}),
    (r'"payload":{"a":1},"pay\u006coad":null', None), (r'"text":"\"payload\":{}","payload":{"a":1}', {"a": 1}),
    (r'"payloa\\u0064":{"b":2},"payload":{"\u0061":1}', {"a": 1})])
def test_a_signal_is_found_by_what_its_key_says(pair, body, payload):
    room, student, own, other = pair
    text = f'{{"type":"webrtc_signal","target_p\\u0061rticipant_id":{pid_of(other)},{body}}}'
    ok(room.api.post(room.path("/action"), student, body=text.encode(), content_type="application/json"))
    assert other.expect("webrtc_signal").data["payload"] == payload


@pytest.mark.parametrize("body", [r'"pay\u006coad":5', r'"payload":{"a":1},"pay\u006coad":[]', r'"pay\u006coad":"{}"', r'"pay\u006coad":{"a":"\u0000"}'])
def test_a_signal_whose_last_payload_is_no_object_is_refused(pair, body):
    room, student, _, other = pair
    text = f'{{"type":"webrtc_signal","target_participant_id":{pid_of(other)},{body}}}'
    loc_of(room.api.post(room.path("/action"), student, body=text.encode(), content_type="application/json"))
    assert room.fence(other) == []


def test_a_signal_reaches_every_stream_of_its_target(pair):
    room, student, own, other = pair
    target = pid_of(other)
    who = other.seen[0].data["user_id"]
    with room.stream(who) as second:
        room.act(student, "webrtc_signal", target_participant_id=target, payload={"n": 1})
        other.until("webrtc_signal")
        second.until("webrtc_signal")


def test_a_signal_has_a_size(pair):
    room, student, own, other = pair
    refused(room.action(student, "webrtc_signal", target_participant_id=pid_of(other), payload={"sdp": "x" * 66_000}), 413, "Signal too large")
    room.act(student, "webrtc_signal", target_participant_id=pid_of(other), payload={"sdp": "x" * 60_000})
    assert len(other.expect("webrtc_signal").data["payload"]["sdp"]) == 60_000


def test_signals_never_cut_a_stream(server, room, student):
    """Who does not read loses signals, and nothing else."""
    def dropped():
        [line] = [line for line in server.api.get("/metrics").body.decode().splitlines() if line.startswith("lectern_signals_dropped_total ")]
        return int(line.split()[-1])

    other, before = room.stream(room.student(), receive_buffer=4096), dropped()
    room.join(student)
    for sent in range(400):
        room.act(student, "webrtc_signal", target_participant_id=pid_of(other), payload={"sdp": "x" * 60_000})
        if dropped() > before + 3:
            break
    assert dropped() > before
    room.act(student, "chat", text="still there")
    heard = []
    while not heard or heard[-1].event != "chat":
        heard.append(other.next())
    assert heard[-1].data["text"] == "still there"
    assert 0 < sum(frame.event == "webrtc_signal" for frame in heard) <= sent
    other.close()


def test_signals_keep_their_order(pair):
    room, student, own, other = pair
    for turn in range(30):
        room.act(student, "webrtc_signal", target_participant_id=pid_of(other), payload={"turn": turn})
    assert [frame.data["payload"]["turn"] for frame in other.expect(*["webrtc_signal"] * 30)] == list(range(30))


def test_a_signal_to_somebody_absent_is_dropped(pair):
    room, student, own, other = pair
    absent = room.join(room.student())
    room.act(student, "webrtc_signal", target_participant_id=absent, payload={})
    refused(room.action(student, "webrtc_signal", payload={}), 400, "target_participant_id required")
    stream = Room(room.api).stream(room.student())
    answer = room.action(student, "webrtc_signal", target_participant_id=pid_of(stream), payload={"escaped": True})
    assert answer.status in (200, 404)
    before = room.fence(own, other)
    assert [[frame.event for frame in frames] for frames in before] == [["participant_added"]] * 2
    stream.close()


def test_the_creator_signals_too(pair):
    room, _, own, _ = pair
    room.act(room.teacher, "webrtc_signal", target_participant_id=pid_of(own), payload={"a": 1})
    assert own.expect("webrtc_signal").data["payload"] == {"a": 1}


# --- the form of the request


@pytest.mark.parametrize("body, field", [
    ({}, "type"), ({"type": None}, "type"), ({"type": 5}, "type"),
    ({"type": "mute_self", "mute": "perhaps"}, "mute"), ({"type": "mute_self", "mute": 7}, "mute"),
    ({"type": "chat", "text": 5}, "text"), ({"type": "chat", "text": "a\0b"}, "text"),
    ({"type": "mute_participant", "target_participant_id": "x"}, "target_participant_id"),
    ({"type": "mute_participant", "target_participant_id": 2**31}, "target_participant_id"),
    ({"type": "webrtc_signal", "target_participant_id": 1, "payload": "x"}, "payload"),
    ({"type": "webrtc_signal", "target_participant_id": 1, "payload": [1]}, "payload"),
])
def test_fields_are_checked(room, student, body, field):
    room.join(student)
    assert ["body", field] in loc_of(room.api.post(room.path("/action"), student, json=body))


@pytest.mark.parametrize("kind", ["dance", "", "RAISE_HAND", "raise_hand ", "\U0001f44b"])
def test_unknown_types(room, student, kind):
    room.join(student)
    answer = room.action(student, kind)
    assert answer.status == 400 and answer.detail.startswith("Unknown action type"), answer


def test_an_unknown_type_is_named(room, student):
    room.join(student)
    refused(room.action(student, "dance"), 400, "Unknown action type: 'dance'")


def test_other_keys_are_ignored(room, student):
    room.join(student)
    room.act(student, "raise_hand", colour="red", session_id=5)


def test_who_is_not_in_may_not_act(api, room, student):
    for kind in ("raise_hand", "chat", "mute_self", "webrtc_signal", "end_session"):
        refused(room.action(student, kind, text="x"), 404, NOT_IN)
    refused(room.action(person(api, "teacher"), "end_session"), 404, NOT_IN)
    refused(api.post(f"/sessions/{ABSENT}/action", student, json={"type": "raise_hand"}), 404, NOT_IN)
    refused(api.post(f"/sessions/{ABSENT}/action", room.teacher, json={"type": "raise_hand"}), 404, NOT_IN)


# --- the creator who never joined


def test_the_creator_acts_quietly(server, pair):
    room, student, own, other = pair
    room.act(room.teacher, "chat", text="Hello")
    data = own.expect("chat").data
    assert data["sender_name"] == room.teacher.name
    row = server.database().one(f"select * from participants where participant_id = {data['from']}")
    assert (row["session_id"], row["user_id"]) == (room.id, room.teacher.id)
    assert row["left_at"] and not row["is_kicked"]
    assert room.teacher.id not in [one["user_id"] for one in room.state()["participants"]]
    with room.stream(room.student()) as late:
        assert str(data["from"]) not in late.seen[1].data["participants"]
    joined = [row["user_id"] for row in room.logs(event_type="participant_joined")]
    assert room.teacher.id not in joined
    room.act(room.teacher, "raise_hand")
    assert own.until("hand_raised").data["participant_id"] == data["from"]


def test_the_creator_becomes_visible_by_connecting(room, student):
    room.act(room.teacher, "chat", text="Hello")
    quiet = room.history()[0]["participant_id"]
    with room.stream(student) as stream, room.stream(room.teacher) as own:
        assert own.seen[0].data["participant_id"] == quiet
        entry = own.seen[1].data["participants"][str(quiet)]
        assert entry["is_teacher"] is True and entry["user_id"] == room.teacher.id
        joined = stream.expect("participant_joined").data
        assert joined == {"type": "participant_joined", "participant_id": quiet, "user_id": room.teacher.id,
                          "name": room.teacher.name, "is_teacher": True}
        assert room.teacher.id in [one["user_id"] for one in room.state()["participants"]]


def test_simultaneous_first_actions_of_the_creator_make_one_row(server, room):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda turn: room.action(room.teacher, "chat", text=f"{turn}"), range(16)))
    assert [ok(answer) for answer in answers] == [{"ok": True}] * 16
    assert len(server.database().rows(f"select 1 from participants where session_id = {room.id}")) == 1
    assert len({message["participant_id"] for message in room.history()}) == 1
