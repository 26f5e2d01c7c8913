"""Pokes and the socket on which they arrive (coaching contract, sections 10.2 and 11.7)."""
import pytest

from client import wait_until
from coaching import account, couple, relate
from coaching_rooms import FAST, begin, connect, hear, jobs, last, measure, notifications
from sockets import TEXT, Socket

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.fixture(scope="module")
def running(start_module_server):
    return start_module_server()


@pytest.fixture(scope="module")
def api(running):
    return running.api


@pytest.fixture(scope="module")
def two(api):
    return couple(api)


def poke(api, who, two, receiver, path="/v1/pokes", **changes):
    body = {"relationship_id": two.id, "receiver_id": receiver.id, "type": "love", **changes}
    return api.post(path, token=who.token, json={name: value for name, value in body.items() if value is not ...})


def row_of(server, poke_id):
    return server.database().one(f"select relationship_id, sender_id, receiver_id, type, emoji, coaching.iso(created_at) as created_at "
                                 f"from coaching.poke_events where id = '{poke_id}'")


# ---- the socket ----

def test_who_does_not_say_who_they_are_is_let_in_to_be_told_so(api, two):
    for token, reason in ((None, "Authentication required"), ("", "Authentication required"), ("nonsense", "Invalid token"), (two.ada.refresh, "Invalid token")):
        with notifications(api, token=token) as socket:
            assert socket.status == 101 and last(socket) == ((1008, reason), []), token
            assert socket.at_end()
    for origin in ("capacitor://localhost", "https://evil.example"):
        with Socket(api, f"/v1/interaction/notifications?token={two.ada.token}", {"Origin": origin}) as socket:
            assert socket.text()["type"] == "connection.established"


def test_ping_is_answered_by_pong_and_other_text_is_ignored(api, two):
    with hear(api, two.ada) as socket:
        for text in ("hello", "{}", " ping", "PING", "ping\n", "", '{"type":"ping"}', "x" * 65536):
            socket.say(TEXT, text)
        socket.say(TEXT, "ping")
        got = socket.next()
        assert (got.kind, got.payload) == (TEXT, b"pong")


def test_an_account_that_is_closed_is_out(running, api):
    ada = account(api)
    with hear(api, ada) as socket:
        running.database().text(f"update coaching.users set is_active = false where id = '{ada.id}'")
        assert last(socket)[0][0] == 1013
    with notifications(api, ada) as socket:
        assert last(socket) == ((1008, "Invalid token"), [])


# ---- pokes ----

@pytest.mark.parametrize("path", ["/v1/pokes", "/v1/interaction/pokes"])
def test_a_poke_arrives_at_all_sockets_of_its_receiver(running, api, two, path):
    with hear(api, two.ben) as his, hear(api, two.ben) as phone:
        answer = poke(api, two.ada, two, two.ben, path, type="emoji", emoji=FAMILY)
        assert answer.status == 200 and set(answer.json()) == {"id"}
        told = his.text()
        stored = row_of(running, answer.json()["id"])
        assert told == phone.text() == {"type": "emoji_poke", "poke_id": answer.json()["id"], "sender_id": two.ada.id, "emoji": FAMILY,
                                        "relationship_id": two.id, "created_at": stored["created_at"]}
        assert stored == {"relationship_id": two.id, "sender_id": two.ada.id, "receiver_id": two.ben.id, "type": "emoji", "emoji": FAMILY,
                          "created_at": told["created_at"]}


def test_and_at_nobody_elses(running, api, two):
    sid = begin(running, two.id, two.ada, two.ben)
    with hear(api, two.ada) as hers, hear(api, two.ben) as his, connect(api, sid, two.ada) as her_session, connect(api, sid, two.ben) as his_session:
        assert her_session.text()["type"] == "server.session_state"
        poke(api, two.ada, two, two.ben)
        assert his.text()["sender_id"] == two.ada.id
        measure(her_session, sid, FAST)
        poke(api, two.ben, two, two.ada)
        assert hers.text()["sender_id"] == two.ben.id, "what she sent herself did not come to her"
        assert her_session.text()["type"] == his_session.text()["type"] == "server.nudge"


@pytest.mark.parametrize("type_, emoji, shown", [("miss_you", ..., "miss_you"), ("miss_you", None, "miss_you"), ("sorry", "", "sorry"), ("x" * 64, "é" * 32, "é" * 32),
                                                 ("שלום", "\u202e\u0301", "\u202e\u0301"), ('"\\', "</script>", "</script>")])
def test_the_emoji_falls_back_to_the_type(running, api, two, type_, emoji, shown):
    with hear(api, two.ben) as his:
        answer = poke(api, two.ada, two, two.ben, type=type_, emoji=emoji)
        assert answer.status == 200 and his.text()["emoji"] == shown
        stored = row_of(running, answer.json()["id"])
        assert stored["type"] == type_ and stored["emoji"] == (None if emoji is ... else emoji)


def test_oneself_and_the_same_twice(running, api, two):
    with hear(api, two.ada) as hers:
        ids = [poke(api, two.ada, two, two.ada).json()["id"] for _ in range(5)]
        assert [hers.text()["poke_id"] for _ in ids] == ids and len(set(ids)) == 5


def test_who_may_not_and_in_which_order(running, api, two):
    stranger = account(api)
    gone = account(api)
    wide = relate(api, two.ada, gone)
    running.database().text(f"update coaching.relationship_members set member_status = 'REMOVED' where user_id = '{gone.id}'")
    here = "is not a member of this relationship"
    cases = [(stranger, {"relationship_id": "no'such", "receiver_id": "x"}, 404, "Relationship with id no'such not found"),
             (stranger, {}, 403, f"Sender {here}"), (stranger, {"receiver_id": "x"}, 403, f"Sender {here}"), (two.ada, {"receiver_id": stranger.id}, 403, f"Receiver {here}"),
             (two.ada, {"receiver_id": "x"}, 403, f"Receiver {here}"), (two.ada, {"relationship_id": wide, "receiver_id": gone.id}, 403, f"Receiver {here}"),
             (gone, {"relationship_id": wide, "receiver_id": two.ada.id}, 403, f"Sender {here}")]
    for who, changes, status, detail in cases:
        answer = poke(api, who, two, two.ben, **changes)
        assert (answer.status, answer.json()) == (status, {"detail": detail}), changes


@pytest.mark.parametrize("changes", [{"relationship_id": ...}, {"receiver_id": ...}, {"type": ...}, {"type": None}, {"type": 7}, {"type": "x" * 65}, {"emoji": 7},
                                     {"emoji": "é" * 33}, {"emoji": "a\0b"}, {"type": "\0"}, {"relationship_id": "\0"}, {"receiver_id": ["x"]}])
def test_input_is_checked(api, two, changes):
    answer = poke(api, two.ada, two, two.ben, **changes)
    assert answer.status == 422 and answer.json()["detail"][0]["loc"] == ["body", *changes]
    assert api.post("/v1/pokes", json={}).status == 401 and api.post("/v1/pokes", token=two.ada.token, json=[]).status == 422


# ---- without a socket ----

def test_a_phone_is_told_if_no_app_listens(running, api, two):
    database, put_out = running.database(), jobs(running)
    person = database.text(f"select person_id from coaching.users where id = '{two.ben.id}'")
    database.text(f"insert into fcm_tokens (user_id, token) values ({person}, 'device-of-{person}')")
    with hear(api, two.ben) as his:
        heard = poke(api, two.ada, two, two.ben).json()["id"]
        assert his.text()["poke_id"] == heard

    def unheard():
        return put_out("push", f"payload -> 'data' ->> 'poke_id' = '{poke(api, two.ada, two, two.ben, emoji='!').json()['id']}'")
    pushed = wait_until(unheard, what="a push, once the room knows that the socket has gone")[0]["payload"]
    assert pushed["user_id"] == int(person) and pushed["title"] == two.ada.name and pushed["body"] == "!"
    assert pushed["data"]["type"] == "emoji_poke" and pushed["data"]["sender_id"] == two.ada.id
    assert put_out("push", f"payload -> 'data' ->> 'poke_id' = '{heard}'") == []
    told = database.rows(f"select type, title, message, data, read_at from coaching.notifications where user_id = '{two.ben.id}' and data ->> 'poke_id' = '{heard}'")
    assert [(row["type"], row["title"], row["message"], row["read_at"]) for row in told] == [("emoji_poke", two.ada.name, "love", None)]
    assert told[0]["data"]["poke_id"] == heard


def test_what_was_answered_outlives_the_process(start_server):
    server = start_server()
    two = couple(server.api)
    with hear(server.api, two.ben) as his:
        ids = [poke(server.api, two.ada, two, two.ben).json()["id"] for _ in range(20)]
        assert [his.text()["poke_id"] for _ in ids] == ids
        server.kill()
    server.start()
    with hear(server.api, two.ben) as his:
        ids.append(poke(server.api, two.ada, two, two.ben).json()["id"])
        assert his.text()["poke_id"] == ids[-1]
    rows = server.database().rows(f"select data ->> 'poke_id' as id, seq from coaching.notifications where user_id = '{two.ben.id}' order by seq")
    assert [row["id"] for row in rows] == ids and [row["seq"] for row in rows] == list(range(1, 22))
    assert server.database().text(f"select count(*) from coaching.poke_events where receiver_id = '{two.ben.id}'") == "21"
