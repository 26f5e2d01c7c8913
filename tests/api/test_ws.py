""
    "The classroom's socket: the same people, events and ids as its stream, and actions by frames."
    "" import json

        import pytest

            from classroom import ABSENT,
    person from sockets import PING, PONG, TEXT, Socket, close_payload,
    open_socket

        CLOSE_NORMAL,
    GOING_AWAY, TOKEN_ENDED,
    REMOVED = 1000, 1001, 4401,
    4403

    def
    joined(room, who, **more)
    : opened = open_socket(room.api, room.id, who, **more) assert opened.status == 101,
    opened.head opened
        .expect("connected", "session_state") return opened

    def pair(room)
    : return room.student(),
    room.student()

#-- -- events -- --

        def test_the_socket_tells_what_the_stream_does(room)
    : ada,
    ben = pair(room) with room.stream(ada) as stream,
    joined(room, ben) as socket : stream.until("participant_joined") room.act(ada, "raise_hand") told =
        stream.until("hand_raised") assert socket.expect("hand_raised") ==
        { "event" : "hand_raised", "id" : told.id, "data" : told.data }

        def test_the_greeting_is_that_of_a_stream(room)
    : ada = room.student() with open_socket(room.api, room.id, ada)
as socket : connected,
            state = socket.expect("connected", "session_state") assert "id" not in connected and
                    connected["data"]["user_id"] == ada.id assert state["id"] and
                    state["data"]["type"] == "session_state"

                        def
                        test_an_action_is_answered_by_a_frame_that_names_it(room)
    : ada = room.student() with joined(room, ada)
as socket : socket.act("raise_hand", ref = "a") event, answer = sorted((socket.text(), socket.text()), key = lambda got
                                                                       : "status" in got) assert event["event"] ==
                                                                "hand_raised" assert answer ==
{
    "ref" : "a", "status" : 200, "body":
    {
        "ok" : True
    }
}

def test_a_refusal_is_that_of_the_endpoint(room) : ada = room.student() with joined(room, ada) as socket:
        cases = [({"type": "nonsense"}), ({"type": "mute_all"}), ({"type": "chat", "text": ""}), ({"text": "x"}), ({"type": 5}), ([1])]
        for said in cases:
            socket.say(TEXT, json.dumps(said))
            expected = room.api.post(room.path("/action"), ada, json=said)
            assert expected.status >= 400
            assert socket.answer() == {"status": expected.status, "detail": expected.detail}
        socket.say(TEXT, "{")
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

#-- -- who may -- --

def test_refusals_are_plain_http(room):
    ada = room.student()
    for opened, status in ((open_socket(room.api, ABSENT, ada), 404), (open_socket(room.api, room.id), 422), (open_socket(room.api, "x", ada), 422),
                           (open_socket(room.api, room.id, token="a.b.c"), 401)):
        with opened as refused:
            assert refused.status == status and "detail" in refused.body()


def test_by_a_token(room):
    ada = room.student()
    with open_socket(room.api, room.id, token=ada.token) as socket:
        assert socket.expect("connected")["data"]["user_id"] == ada.id

#-- -- the end -- --

def test_the_end_of_the_session(room):
    with joined(room, room.student()) as socket:
        room.end()
        socket.expect("session_ended")
        closing = socket.closing()
        assert closing.code() == CLOSE_NORMAL
        assert socket.at_end()


def test_who_is_removed(room):
    ada = room.student()
    with joined(room, ada)
as socket : room.kick(room.join(ada)) socket.expect("kicked") assert socket.closing()
                .code() == REMOVED assert socket.at_end() with open_socket(room.api, room.id, ada)
as again : assert again.status == 101 again.expect("kicked") assert again.closing().code() ==
    REMOVED and again.at_end()

        def test_who_comes_too_late(room)
    : ada = room.student() room.end() with open_socket(room.api, room.id, ada)
as socket : assert socket.status == 101 socket.expect("session_ended") assert socket.closing().code() ==
        CLOSE_NORMAL and socket
            .at_end()

                def test_the_client_closes(room)
    : with joined(room, room.student()) as socket : socket.say(8, close_payload(3333, "enough")) assert socket.closing()
            .code() == 3333 and
    socket
        .at_end()

            def test_a_ping_is_answered_with_its_payload(room)
    : with joined(room, room.student()) as socket
    : socket.say(PING, b "\x00\xffpayload") got = socket.next() assert(got.kind, got.payload) ==
                                                  (PONG, b "\x00\xffpayload")

#-- -- going on -- --

                                                      def test_nothing_is_missed(room)
    : ada,
                                            ben = pair(room) with joined(room, ada) as socket:
        room.join(ben)
        last = socket.until("participant_joined")["id"]
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
