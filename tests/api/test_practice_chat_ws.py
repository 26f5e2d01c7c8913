"""Conversations with the tutor by WebSocket (practice contract, section 7.6), with a model of our own."""
import json
import urllib.parse

import pytest

from client import wait_until
from practice import account, sign_in
from sockets import BINARY, TEXT, Socket
from tutor import SORRY, chat, end, in_background, openai, said, say, served_by


@pytest.fixture(scope="module")
def standing_in():
    model = openai.OpenAI("ws-key").start()
    yield model
    model.stop()


@pytest.fixture(scope="module")
def running(standing_in):
    server = served_by(standing_in, OPENAI_API_KEY="ws-key")
    try:
        yield server.start()
        server.stop()
    finally:
        server.remove()


@pytest.fixture
def model(standing_in):
    standing_in.forget()
    yield standing_in
    standing_in.forget()


@pytest.fixture
def api(running):
    return running.api


@pytest.fixture(scope="module")
def ada(running):
    return account(running.api)


@pytest.fixture(scope="module")
def ben(running):
    return account(running.api, name="Ben")


def path(session):
    return f"/api/chat/ws/{session['id']}"


def connect(api, who, session, **more):
    socket = Socket(api, path(session), {"Authorization": f"Bearer {who.token}", **more})
    assert socket.status == 101, socket.head
    return socket


def frames(socket, replies=1):
    """All frames until so many replies have come."""
    heard = []
    while sum(frame["type"] == "message" and frame["role"] == "assistant" for frame in heard) < replies:
        heard.append(socket.next().json())
    return heard


# ---- the handshake ----

def test_credentials_come_in_headers_or_in_the_query(api, ada, model):
    session = chat(api, ada)
    ways = [({"Authorization": f"Bearer {ada.token}"}, ""), ({"X-Session-ID": ada.token}, ""), ({"X-Session-ID": ada.composed}, ""),
            ({}, f"?token={ada.token}"), ({}, "?token=" + urllib.parse.quote(ada.composed, safe=""))]
    for headers, query in ways:
        with Socket(api, path(session) + query, headers) as socket:
            assert socket.status == 101, socket.head
            socket.say(TEXT, json.dumps({"type": "ping"}))
            assert socket.next().json() == {"type": "pong"}, "nothing is said before the first frame"


def test_refusals_are_told_by_http(api, ada, ben, model):
    session, over, teacher = chat(api, ada), chat(api, ada), account(api, "teacher")
    end(api, ada, over)
    bearer = {"Authorization": f"Bearer {ada.token}"}
    cases = [(path(session), {}, 401), (path(session) + "?token=nonsense", {}, 401), (path(session), {"Authorization": "Bearer no"}, 401),
             (path(session), {"Authorization": f"Bearer {ben.token}"}, 403), (path(session), {"Authorization": f"Bearer {teacher.token}"}, 403),
             (path(over), bearer, 403), ("/api/chat/ws/999999", bearer, 404), ("/api/chat/ws/x", bearer, 404),
             (path(session), {**bearer, "Origin": "https://evil.example"}, 403)]
    for target, headers, status in cases:
        with Socket(api, target, headers) as socket:
            assert socket.status == status, (target, headers, socket.head)
    for origin in ("http://localhost:3000", "https://learnflow.local", "https://x.vercel.app"):
        with Socket(api, path(session), {**bearer, "Origin": origin}) as socket:
            assert socket.status == 101, origin
    assert api.get(path(session), token=ada.token).status == 426


# ---- messages ----

def test_a_message_its_pieces_and_its_reply(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(pieces=["Be", "cause", " \"π\"\n"], between=0.05))
    with connect(api, ada, session) as socket:
        socket.say(TEXT, json.dumps({"content": "Why?", "message_metadata": {"a": 1}, "type": "message"}))
        heard = frames(socket)
        stored = said(api, ada, session)
        assert [frame["type"] for frame in heard] == ["message", *["delta"] * (len(heard) - 2), "message"]
        assert heard[0] == {"type": "message", **stored[0]} and heard[-1] == {"type": "message", **stored[1]}
        assert stored[0]["message_metadata"] == {"a": 1}
        assert len(heard) > 3 and "".join(frame["content"] for frame in heard[1:-1]) == stored[1]["content"] == "Because \"π\"\n"


def test_pieces_come_before_the_reply_is_whole(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(pieces=["Be", "cause"], hold_at=1))
    with connect(api, ada, session) as socket:
        socket.say(TEXT, "Why?")
        assert [socket.next().json().get("content") for _ in range(2)] == ["Why?", "Be"]
        assert len(said(api, ada, session)) == 1
        model.release()
        assert frames(socket)[-1]["content"] == "Because"


@pytest.mark.parametrize("text", ["Hello", "  two words ", "[1, 2]", "7", "null", "\"quoted\"", "{not json", "x" * 130000])
def test_other_text_is_the_content(api, ada, model, text):
    session = chat(api, ada)
    with connect(api, ada, session) as socket:
        socket.say(TEXT, text)
        frames(socket)
    assert said(api, ada, session)[0]["content"] == text


@pytest.mark.parametrize("text", ["{}", '{"content":""}', '{"content":"  "}', '{"content":7}', '{"content":null}', '{"type":"message"}', '{"type":"dance","content":"x"}',
                                  '{"content":"x","message_metadata":[]}', '{"content":"a\\u0000b"}', " ", "\0", '{"content":"x","metadata":{"a":"\\u0000"}}',
                                  json.dumps({"content": "x" * 200001})])
def test_what_cannot_be_used_is_an_error_and_the_socket_stays(api, ada, model, text):
    session = chat(api, ada)
    with connect(api, ada, session) as socket:
        socket.say(TEXT, text)
        heard = socket.next().json()
        assert heard["type"] == "error" and isinstance(heard["detail"], str) and set(heard) == {"type", "detail"}
        socket.say(TEXT, "Good.")
        assert frames(socket)[0]["content"] == "Good."
    assert len(said(api, ada, session)) == 2


def test_several_are_answered_one_after_the_other(api, ada, model):
    session = chat(api, ada)
    with connect(api, ada, session) as socket:
        for n in range(5):
            socket.say(TEXT, f"m{n}")
        heard = [frame for frame in frames(socket, 5) if frame["type"] == "message"]
    assert [frame["content"] for frame in heard if frame["role"] == "user"] == [f"m{n}" for n in range(5)]
    assert [call["messages"][-1]["content"] for call in model.calls()] == [f"m{n}" for n in range(5)]
    assert len(said(api, ada, session)) == 10


def test_too_many_at_once_are_told_so_and_the_others_are_answered(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(text="one", hold_at=0))
    with connect(api, ada, session) as socket:
        for n in range(40):
            socket.say(TEXT, f"m{n}")
        model.wait_held()
        heard = [socket.next().json() for _ in range(40)]
        assert [frame["type"] for frame in heard].count("error") == 32
        model.release()
        assert sum(frame["type"] == "message" for frame in frames(socket, 8)) == 8
    assert len(said(api, ada, session)) == 16


def test_all_sockets_hear_what_is_said_anywhere(api, ada, model):
    session = chat(api, ada)
    with connect(api, ada, session) as one, connect(api, ada, session) as other:
        assert say(api, ada, session, "By REST").status == 200
        heard = frames(one)
        assert heard[0]["content"] == "By REST" and heard == frames(other)
        other.say(TEXT, "By socket")
        assert frames(one)[0]["content"] == "By socket"


def test_failures_are_a_friendly_sentence(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(text="half of it", cut_at=2))
    with connect(api, ada, session) as socket:
        socket.say(TEXT, "Why?")
        assert frames(socket)[-1]["content"] == SORRY
    assert said(api, ada, session)[1]["content"] == SORRY


# ---- the end ----

def test_the_end_is_told_and_closes(api, ada, model):
    session = chat(api, ada)
    with connect(api, ada, session) as socket:
        assert end(api, ada, session).status == 200
        assert socket.next().json() == {"type": "ended"}
        assert socket.next().code() == 1000


def test_a_sign_in_that_ends_takes_its_sockets_along(api, model):
    """All of the person are told to come back, and those of that sign-in cannot."""
    who = account(api)
    session, again = chat(api, who), sign_in(api, who.email)
    with connect(api, again, session) as socket:
        assert api.post("/api/auth/logout", token=again.token).status == 200
        assert socket.next().code() == 1013
    with Socket(api, path(session), {"Authorization": f"Bearer {again.token}"}) as refused:
        assert refused.status == 401


def test_who_goes_away_gets_the_reply_stored(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(text="Still here.", hold_at=0))
    with connect(api, ada, session) as socket:
        socket.say(TEXT, "Bye")
        model.wait_held()
    model.release()
    wait_until(lambda: [one["content"] for one in said(api, ada, session)] == ["Bye", "Still here."], what="the reply")


def test_limits_of_frames(api, ada, model):
    session = chat(api, ada)
    with connect(api, ada, session) as socket:
        socket.say(BINARY, b"x")
        assert socket.next().code() == 1003
    with connect(api, ada, session) as socket:
        socket.say(TEXT, "x" * (1 << 20) + "y")
        assert socket.next().code() == 1009
    with connect(api, ada, session) as socket:
        socket.say(TEXT, b"\xff")
        assert socket.next().code() == 1007
    assert said(api, ada, session) == []
