"""The classroom's socket: the same people, events and ids as its stream, and actions by frames."""
import json

import pytest

from classroom import ABSENT, ok, person
from sockets import CLOSE, PING, PONG, TEXT, Socket, close_payload, open_socket

NORMAL, GOING_AWAY, TOKEN, REMOVED = 1000, 1001, 4401, 4403


def joined(room, who, **more):
    opened = open_socket(room.api, room.id, who, **more)
    assert opened.status == 101, opened.head
    opened.expect("connected", "session_state")
    return opened


def pair(room):
    return room.student(), room.student()


# ---- events ----

def test_the_socket_tells_what_the_stream_does(room):
    ada, ben = pair(room)
    with room.stream(ada) as stream, joined(room, ben) as socket:
        stream.until("participant_joined")
        room.act(ada, "raise_hand")
        told = stream.until("hand_raised")
        assert socket.expect("hand_raised") == {"event": "hand_raised", "id": told.id, "data": told.data}


def test_the_greeting_is_that_of_a_stream(room):
    ada = room.student()
    with open_socket(room.api, room.id, ada) as socket:
        connected, state = socket.expect("connected", "session_state")
        assert "id" not in connected and connected["data"]["user_id"] == ada.id
        assert state["id"] and state["data"]["type"] == "session_state"


def test_what_is_for_one_comes_to_one(room):
    ada, ben = pair(room)
    with joined(room, ada) as first, joined(room, ben) as second:
        first.until("participant_joined")
        room.act(room.teacher, "webrtc_signal", target_participant_id=room.join(ben), payload={"sdp": "x"})
        told = second.until("webrtc_signal")
        assert "id" not in told and told["data"]["payload"] == {"sdp": "x"}
        room.act(room.teacher, "chat", text="fence")
        assert first.until(lambda got: got["event"] in ("chat", "webrtc_signal"))["event"] == "chat"


# ---- actions ----

def test_an_action_is_answered_by_a_frame_that_names_it(room):
    ada = room.student()
    with joined(room, ada) as socket:
        socket.act("raise_hand", ref="a")
        event, answer = sorted((socket.text(), socket.text()), key=lambda got: "status" in got)
        assert event["event"] == "hand_raised"
        assert answer == {"ref": "a", "status": 200, "body": {"ok": True}}


def test_a_refusal_is_that_of_the_endpoint(room):
    ada = room.student()
    with joined(room, ada) as socket:
        for said in ({"type": "nonsense"}, {"type": "mute_all"}, {"type": "chat", "text": ""}, {"text": "x"}, {"type": 5}, [1]):
            socket.say(TEXT, json.dumps(said))
            expected = room.api.post(room.path("/action"), ada, json=said)
            assert expected.status >= 400
            assert socket.answer() == {"status": expected.status, "detail": expected.detail}
        for said in ("{", "", "null", "\ufeff{}"):
            socket.say(TEXT, said)
            assert socket.answer()["status"] == 422


@pytest.mark.parametrize("ref", ["x", 7, None, {"a": [1]}, 1.50, ""])
def test_ref_comes_back_as_it_was(room, ref):
    with joined(room, room.student()) as socket:
        socket.say(TEXT, json.dumps({"type": "nonsense", "ref": ref}))
        answer = socket.answer()
        assert answer["ref"] == ref and answer["status"] == 400


def test_actions_are_answered_in_their_order(room):
    with joined(room, room.student()) as socket:
        kinds = ["raise_hand", "nonsense", "lower_hand", "{"] * 25
        for i, kind in enumerate(kinds):
            socket.act(kind, ref=i)
        answers = [socket.answer() for _ in kinds]
        assert [one["ref"] for one in answers] == list(range(len(kinds)))
        assert [one["status"] for one in answers] == [200, 400, 200, 400] * 25


def test_an_action_ends_the_session_that_it_is_in(room):
    with joined(room, room.teacher) as socket:
        socket.act("end_session", ref=1)
        said = []
        while (got := socket.next()).kind != CLOSE:
            said.append(got.json())
        assert any(one.get("event") == "session_ended" for one in said)
        assert got.code() == NORMAL and socket.at_end()


# ---- who may ----

def refused(opened, status):
    with opened:
        assert opened.status == status, opened.head
        return opened.body()["detail"]


def test_refusals_are_plain_http(room):
    ada = room.student()
    assert refused(open_socket(room.api, ABSENT, ada), 404) == "Session not found"
    assert refused(open_socket(room.api, room.id, ABSENT), 404) == "User not found"
    refused(open_socket(room.api, room.id), 422)
    refused(open_socket(room.api, "x", ada), 422)
    refused(open_socket(room.api, room.id, token="a.b.c"), 401)
    refused(open_socket(room.api, room.id, ada, token=person(room.api).token), 403)


def test_by_a_token(room):
    ada = room.student()
    with open_socket(room.api, room.id, token=ada.token) as socket:
        assert socket.expect("connected")["data"]["user_id"] == ada.id
    with Socket(room.api, f"/ws/sessions/{room.id}?token={ada.token}") as socket:
        assert socket.expect("connected")["data"]["user_id"] == ada.id
    refused(Socket(room.api, f"/ws/sessions/{room.id}?token=a.b.c"), 401)


# ---- the end ----

def test_the_end_of_the_session(room):
    with joined(room, room.student()) as socket:
        room.end()
        socket.expect("session_ended")
        assert socket.closing().code() == NORMAL
        assert socket.at_end()


def test_who_is_removed(room):
    ada = room.student()
    with joined(room, ada) as socket:
        room.kick(room.join(ada))
        socket.until("kicked")
        assert socket.closing().code() == REMOVED
        assert socket.at_end()
    with open_socket(room.api, room.id, ada) as again:
        again.expect("kicked")
        assert again.closing().code() == REMOVED and again.at_end()


def test_who_comes_too_late(room):
    ada = room.student()
    room.end()
    with open_socket(room.api, room.id, ada) as socket:
        socket.expect("session_ended")
        assert socket.closing().code() == NORMAL and socket.at_end()


def test_whose_token_is_revoked(room):
    ada = room.student()
    with open_socket(room.api, room.id, token=ada.token) as socket:
        socket.expect("connected", "session_state")
        ok(room.api.post("/auth/logout", token=ada.token))
        assert socket.until("token_ended")["data"]["reason"] == "revoked"
        closing = socket.closing()
        assert (closing.code(), closing.reason()) == (TOKEN, "token revoked")


def test_the_client_closes(room):
    with joined(room, room.student()) as socket:
        socket.say(CLOSE, close_payload(3333, "enough"))
        assert socket.closing().code() == 3333 and socket.at_end()


def test_a_ping_is_answered_with_its_payload(room):
    with joined(room, room.student()) as socket:
        socket.say(PING, b"\x00\xffpayload")
        got = socket.next()
        assert (got.kind, got.payload) == (PONG, b"\x00\xffpayload")


# ---- going on ----

def test_nothing_is_missed(room):
    ada = room.student()
    with joined(room, ada) as socket:
        room.act(room.teacher, "chat", text="seen")
        last = socket.until("chat")["id"]
    for i in range(5):
        room.act(room.teacher, "chat", text=str(i))
    with open_socket(room.api, room.id, ada, last_id=last) as again:
        again.expect("connected", "session_state")
        told = []
        while (got := again.text())["event"] != "resumed":
            told.append(got)
        assert [got["data"]["text"] for got in told if got["event"] == "chat"] == ["0", "1", "2", "3", "4"]
        room.act(room.teacher, "chat", text="live")
        assert again.until("chat")["data"]["text"] == "live"
