"""Conversations with the tutor over HTTP (practice contract, sections 7.1 to 7.5, 7.7 and 9), with a model of our own."""
import re

import pytest

from admin import Operator
from client import Connection, End, wait_until
from launch import HOST
from practice import account
from tutor import KEY, MANY, SORRY, begin, chat, end, in_background, openai, said, say, served_by, sessions

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")


@pytest.fixture(scope="module")
def standing_in():
    model = openai.OpenAI(KEY).start()
    yield model
    model.stop()


@pytest.fixture(scope="module")
def running(standing_in):
    server = served_by(standing_in)
    try:
        server.start()
        server.database().text("update outbox.settings set events = true")
        yield server
        server.stop()
        assert KEY not in server.stderr() and standing_in.base_url not in server.stderr()
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


@pytest.fixture(scope="module")
def teacher(running):
    return account(running.api, "teacher")


# ---- 7.1 and 7.2: sessions ----

def test_a_session_has_what_the_contract_says(api, ada):
    made = begin(api, ada, topic="loops", agent_type="debug")
    assert made.status == 201
    told = made.json()
    assert {key: told[key] for key in ("student_id", "topic", "agent_type", "is_active", "ended_at")} == {
        "student_id": ada.id, "topic": "loops", "agent_type": "debug", "is_active": True, "ended_at": None}
    assert isinstance(told["id"], int) and re.fullmatch(r"[0-9a-f-]{36}", told["session_id"])
    assert STAMP.match(told["created_at"]) and STAMP.match(told["updated_at"])


@pytest.mark.parametrize("query, topic, agent", [
    ({}, None, "general"), ({"topic": ""}, "", "general"), ({"topic": "x" * 300}, "x" * 100, "general"),
    ({"topic": "é" * 101}, "é" * 100, "general"), ({"agent_type": "astrologer"}, None, "astrologer"), ({"other": "1"}, None, "general")])
def test_topic_and_type_are_kept_as_they_come(api, ada, query, topic, agent):
    told = chat(api, ada, **query)
    assert told["topic"] == topic and told["agent_type"] == agent


def test_what_the_web_client_does_not_encode_is_ignored(api, ada):
    made = api.post(f"/api/chat/sessions?student_id={ada.id}&topic=a&b=c", token=ada.token)
    assert made.status == 201 and made.json()["topic"] == "a"


@pytest.mark.parametrize("query", [{}, {"student_id": "x"}, {"student_id": 0}, {"student_id": 1 << 40}, {"student_id": 1, "agent_type": "x" * 51}])
def test_bad_queries_begin_nothing(api, ada, query):
    assert api.post("/api/chat/sessions/", token=ada.token, query=query).status == 422


def test_sessions_are_begun_for_oneself(api, ada, ben, teacher):
    for who in (ben, teacher):
        refused = api.post("/api/chat/sessions/", token=who.token, query={"student_id": ada.id})
        assert (refused.status, refused.detail) == (403, "Access denied: Students can only create chat sessions for themselves")
    assert api.post("/api/chat/sessions/", query={"student_id": ada.id}).status == 401
    assert api.post("/api/chat/sessions/", token=teacher.token, query={"student_id": teacher.id}).status == 403


def test_sessions_are_listed_newest_first(api, teacher):
    who = account(api)
    made = [chat(api, who)["id"] for _ in range(4)]
    assert [one["id"] for one in sessions(api, who).json()] == made[::-1]
    assert [one["id"] for one in sessions(api, teacher, who, skip=1, limit=2).json()] == [made[2], made[1]]
    assert sessions(api, who, skip=9).json() == []


def test_sessions_of_others_are_theirs(api, ada, ben, teacher):
    refused = sessions(api, ben, ada)
    assert (refused.status, refused.detail) == (403, "Access denied: Cannot access other students' chat sessions")
    assert api.get(f"/api/chat/sessions/{ada.id}").status == 401
    assert sessions(api, teacher, ada).status == 200
    assert api.get("/api/chat/sessions/999999", token=teacher.token).json() == []
    assert sessions(api, ada, limit=0).status == 422 and sessions(api, ada, limit=1001).status == 422 and sessions(api, ada, skip=-1).status == 422


# ---- 7.3 and 7.4: messages ----

def test_a_message_is_answered_when_its_reply_is_stored(api, ada, model):
    session = chat(api, ada)
    answer = say(api, ada, session, "What is a loop?")
    assert answer.status == 200
    told = answer.json()
    assert {key: told[key] for key in told if key not in ("id", "created_at")} == {
        "session_id": session["id"], "role": "user", "content": "What is a loop?", "message_metadata": {}, "metadata": {}}
    assert isinstance(told["id"], int) and STAMP.match(told["created_at"])
    both = said(api, ada, session)
    assert [one["role"] for one in both] == ["user", "assistant"] and both[0] == told
    assert both[1]["content"] == openai.reply_to(model.calls()[-1]) and both[1]["id"] > told["id"]
    assert sessions(api, ada).json()[0]["updated_at"] == both[1]["created_at"]


def test_a_reply_is_stored_as_it_came(api, ada, model):
    text = "  Indent\n\tit:\r\n\"π\" 👩‍💻 </script> \\ '\x7f "
    model.steps(openai.Answer(pieces=["  Indent\n", "", "\tit:\r\n", "\"π\" 👩", "‍💻 </script> \\ '\x7f "]), openai.Answer(text=text, whole=True))
    session = chat(api, ada)
    for _ in range(2):
        assert say(api, ada, session).status == 200
    assert [one["content"] for one in said(api, ada, session)][1::2] == [text, text]


def test_the_path_and_the_caller_decide_not_the_body(api, ada, model):
    session = chat(api, ada)
    told = say(api, ada, session, "Hello", role="assistant", session_id=session["id"] + 1).json()
    assert told["role"] == "user" and told["session_id"] == session["id"]


@pytest.mark.parametrize("name", ["message_metadata", "metadata"])
def test_metadata_comes_back_in_both_spellings(api, ada, model, name):
    session, metadata = chat(api, ada), {"b": [1, {"ü": None}], "a": "x\ny"}
    told = say(api, ada, session, **{name: metadata}).json()
    assert told["message_metadata"] == told["metadata"] == metadata
    assert said(api, ada, session)[0]["metadata"] == metadata
    assert say(api, ada, session, **{name: None}).json()["metadata"] == {}


@pytest.mark.parametrize("body", [{}, {"content": ""}, {"content": " \n\t "}, {"content": None}, {"content": 7}, {"content": "a\0b"},
                                  {"content": "x", "message_metadata": []}, {"content": "x", "metadata": "y"}, {"content": "x" * 200001}])
def test_what_is_no_message_is_refused(api, ada, model, body):
    session = chat(api, ada)
    assert api.post(f"/api/chat/sessions/{session['id']}/messages", token=ada.token, json=body).status == 422
    assert said(api, ada, session) == [] and model.calls() == []


def test_a_long_message(api, ada, model):
    session, content = chat(api, ada), "é" * 100000
    assert say(api, ada, session, content).status == 200
    assert said(api, ada, session)[0]["content"] == content and model.calls()[-1]["messages"][-1]["content"] == content


def test_who_may_read_and_who_may_send(api, ada, ben, teacher, model):
    session = chat(api, ada)
    say(api, ada, session)
    assert len(said(api, teacher, session)) == 2
    refused = api.get(f"/api/chat/sessions/{session['id']}/messages", token=ben.token)
    assert (refused.status, refused.detail) == (403, "Access denied: Cannot access other students' chat sessions")
    for who in (ben, teacher):
        refused = say(api, who, session)
        assert (refused.status, refused.detail) == (403, "Access denied: Only the session owner can send messages")
    path = f"/api/chat/sessions/{session['id']}/messages"
    assert api.get(path).status == api.post(path, json={"content": "x"}).status == 401
    assert len(said(api, ada, session)) == 2


@pytest.mark.parametrize("number", [999999, 1 << 31, 0, -1, "x"])
def test_sessions_that_are_none(api, ada, number):
    """The web client sends whole code to session 999."""
    answers = [api.get(f"/api/chat/sessions/{number}/messages", token=ada.token),
               api.post(f"/api/chat/sessions/{number}/messages", token=ada.token, json={"content": "x"}),
               api.put(f"/api/chat/sessions/{number}/end", token=ada.token)]
    assert {answer.status for answer in answers} <= ({404} if number == 999999 else {404, 422})
    if number == 999999:
        assert {answer.detail for answer in answers} == {"Chat session not found"}


def test_messages_come_in_pages(api, ada, model):
    session = chat(api, ada)
    for n in range(3):
        say(api, ada, session, f"m{n}")
    everything = said(api, ada, session)
    assert [one["content"] for one in everything[::2]] == ["m0", "m1", "m2"]
    assert said(api, ada, session, skip=2, limit=3) == everything[2:5] and said(api, ada, session, skip=6) == []


# ---- 7.5: the end ----

def test_an_ended_session_can_be_read_and_no_more(api, ada, ben, teacher, model):
    session = chat(api, ada)
    say(api, ada, session)
    for who in (ben, teacher):
        refused = end(api, who, session)
        assert (refused.status, refused.detail) == (403, "Access denied: Only the session owner can end the session")
    assert api.put(f"/api/chat/sessions/{session['id']}/end").status == 401
    assert (end(api, ada, session).status, end(api, ada, session).json()) == (200, {"message": "Chat session ended"})
    ended = sessions(api, ada).json()[0]
    assert ended["is_active"] is False and STAMP.match(ended["ended_at"])
    assert end(api, ada, session).status == 200 and sessions(api, ada).json()[0] == ended
    refused = say(api, ada, session)
    assert (refused.status, refused.detail) == (400, "Chat session is not active")
    assert say(api, ben, session).status == 403 and len(said(api, ada, session)) == 2


def test_an_end_while_the_model_thinks_keeps_the_message(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(text="Late.", hold_at=0))
    thread, answers = in_background(say, api, ada, session)
    model.wait_held()
    assert end(api, ada, session).status == 200
    assert [one["role"] for one in said(api, ada, session)] == ["user"]
    model.release()
    thread.join()
    assert answers[0].status == 200
    assert [one["content"] for one in said(api, ada, session)] == ["Why?", "Late."]
    assert sessions(api, ada).json()[0]["is_active"] is False


# ---- several at once ----

def test_two_at_once_are_both_answered_in_order(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(text="one", hold_at=0), openai.Answer(text="two"), openai.Answer(text="three"))
    first = in_background(say, api, ada, session, "first")
    model.wait_held()
    others = [in_background(say, api, ada, session, content) for content in ("second", "third")]
    wait_until(lambda: len(said(api, ada, session)) == 3, what="three messages")
    assert len(model.calls()) == 1, "one reply is made at a time"
    model.release()
    for thread, _ in [first, *others]:
        thread.join()
    everything = said(api, ada, session)
    users = [one for one in everything if one["role"] == "user"]
    assert [one["content"] for one in everything if one["role"] == "assistant"] == ["one", "two", "three"]
    assert [call["messages"][-1]["content"] for call in model.calls()] == [one["content"] for one in sorted(users, key=lambda one: one["id"])]
    # What waits is not yet a part of what was said.
    assert [line["content"] for line in model.calls()[1]["messages"][1:]] == ["first", "one", users[1]["content"]]


def test_more_than_a_few_wait_in_vain(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(hold_at=0))
    waiting = [in_background(say, api, ada, session, "0")]
    model.wait_held()
    for n in range(1, 8):
        waiting.append(in_background(say, api, ada, session, str(n)))
        wait_until(lambda: len(said(api, ada, session)) == n + 1, what="the message is stored")
    refused = say(api, ada, session, "8")
    assert refused.status == 503
    model.release()
    for thread, answers in waiting:
        thread.join()
        assert answers[0].status == 200
    assert len(said(api, ada, session)) == 16


def test_who_waits_holds_up_nobody(api, ada, ben, model):
    """No connection to the database and no worker: far more wait than there are of either."""
    chats = [chat(api, ada) for _ in range(40)]
    model.steps(*[openai.Answer(hold_at=0) for _ in chats])
    waiting = [in_background(say, api, ada, session) for session in chats]
    for _ in chats:
        model.wait_held()
    other = chat(api, ben)
    assert say(api, ben, other).status == 200 and len(said(api, ben, other)) == 2
    model.release()
    for thread, answers in waiting:
        thread.join()
        assert answers[0].status == 200


def test_who_goes_away_gets_the_reply_stored(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(text="Still here.", hold_at=0))
    body = b'{"content":"Bye"}'
    with Connection(HOST, api.port) as connection:
        connection.send(f"POST /api/chat/sessions/{session['id']}/messages HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {ada.token}\r\n"
                        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        model.wait_held()
    model.release()
    wait_until(lambda: [one["content"] for one in said(api, ada, session)] == ["Bye", "Still here."], what="the reply")


# ---- 7.7: the model ----

def test_what_the_model_is_asked(api, ada, model):
    session = chat(api, ada, topic="loops")
    say(api, ada, session, "What is a loop?", message_metadata={"secret": "thing"})
    asked = model.calls()[-1]
    assert asked["headers"]["authorization"] == f"Bearer {KEY}" and asked["headers"]["content-type"] == "application/json"
    assert {key: asked[key] for key in ("model", "temperature", "max_tokens")} == {"model": "a-model", "temperature": 0.7, "max_tokens": 1000}
    assert set(asked) == {"model", "messages", "temperature", "max_tokens", "stream", "headers"}
    system, user = asked["messages"]
    assert system["role"] == "system" and user == {"role": "user", "content": "What is a loop?"}
    for private in (ada.email, "Ada", "thing", ada.token):
        assert private not in str(asked["messages"])


def test_every_type_has_instructions_of_its_own(api, ada, model):
    for agent in ("general", "concepts", "debug", "exercise", "astrologer"):
        say(api, ada, chat(api, ada, agent_type=agent))
    told = [call["messages"][0]["content"] for call in model.calls()]
    assert len(set(told)) == 4 and told[4] == told[0]


def test_the_last_ten_messages_are_the_context(api, ada, model):
    say(api, ada, chat(api, ada), "of another session")
    session = chat(api, ada)
    for n in range(7):
        model.steps(openai.Answer(text=f"r{n}"))
        say(api, ada, session, f"m{n}")
    lines = model.calls()[-1]["messages"]
    assert lines[0]["role"] == "system"
    assert [line["content"] for line in lines[1:]] == ["r1", "m2", "r2", "m3", "r3", "m4", "r4", "m5", "r5", "m6"]
    assert [line["role"] for line in lines[1:]] == ["assistant", "user"] * 5


FAILURES = {
    "refused": openai.Refusal(400, f"no, {KEY}"), "key": openai.Refusal(401), "unknown": openai.Refusal(404), "nonsense": openai.NONSENSE,
    "empty": openai.Answer(text=""), "blank": openai.Answer(pieces=[" ", "\n"]), "null": openai.Raw(openai.message(None)),
    "no choices": openai.Raw({"choices": []}), "broken json": openai.Raw(b'{"choices":[{"mess'), "cut": openai.Answer(text="a b c d", cut_at=2),
    "no end": openai.Answer(text="a b", finish=False, done=False),
    "an error in the stream": openai.Raw(b'data: {"error":{"message":"overloaded"}}\n\n', content_type="text/event-stream"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_whatever_fails_is_a_friendly_sentence(api, ada, model, name):
    session = chat(api, ada)
    model.steps(FAILURES[name])
    assert say(api, ada, session).status == 200
    assert [(one["role"], one["content"]) for one in said(api, ada, session)] == [("user", "Why?"), ("assistant", SORRY)]
    assert len(model.calls()) == 1, "is not tried again"


@pytest.mark.parametrize("steps", [[openai.slow_down(1)], [openai.Refusal(500)], [openai.DROP, openai.Raw(openai.message("half"), announced=9000)]])
def test_what_passes_is_tried_again(api, ada, model, steps):
    session = chat(api, ada)
    model.steps(*steps, openai.Answer(text="At last."))
    assert say(api, ada, session).status == 200
    assert said(api, ada, session)[1]["content"] == "At last." and len(model.calls()) == len(steps) + 1


def test_what_does_not_pass_is_tried_three_times(api, ada, model):
    session = chat(api, ada)
    model.steps(*[openai.Refusal(500, f"{KEY} at {model.base_url}")] * 3, openai.Answer(text="Never."))
    assert say(api, ada, session).status == 200
    assert said(api, ada, session)[1]["content"] == SORRY and len(model.calls()) == 3


def test_streams_may_end_in_several_ways(api, ada, model):
    session = chat(api, ada)
    model.steps(openai.Answer(text="a b", finish=False), openai.Answer(text="c d", done=False))
    for _ in range(2):
        say(api, ada, session)
    assert [one["content"] for one in said(api, ada, session)][1::2] == ["a b", "c d"]


# ---- 9: what others are told ----

def told(running, session):
    return [row["event"] for row in running.database().rows(
        f"select event from outbox.events where topic = 'chat-messages' and key = '{session['id']}' order by seq")]


def test_what_happens_is_told_in_order(running, ada, model):
    session = chat(running.api, ada, agent_type="debug")
    model.steps(openai.Answer(text="Because."))
    say(running.api, ada, session, "Why?", message_metadata={"secret": 1})
    end(running.api, ada, session)
    end(running.api, ada, session)
    events = told(running, session)
    assert [(event["role"], event["content"]) for event in events] == [
        ("system", "Chat session started with the agent debug"), ("user", "Why?"), ("assistant", "Because."), ("system", "Chat session ended")]
    for event in events:
        assert event["event_type"] == "chat_message" and event["session_id"] == session["id"] and event["student_id"] == ada.id
        assert STAMP.match(event["timestamp"]) and set(event) == {"event_type", "timestamp", "session_id", "student_id", "role", "content"}


# ---- servers of their own ----

def test_without_a_key_there_are_canned_sentences(start_server):
    server = start_server()
    ada, heard = account(server.api), {}
    for agent in ("general", "concepts", "debug", "exercise"):
        session = chat(server.api, ada, agent_type=agent)
        for _ in range(4):
            assert say(server.api, ada, session).status == 200
        heard[agent] = {one["content"] for one in said(server.api, ada, session)[1::2]}
    assert all(len(sentences) >= 2 for sentences in heard.values())
    assert len(set.union(*heard.values())) == sum(map(len, heard.values())), "no two types say the same"


def test_newer_models_are_asked_in_their_words(model):
    server = served_by(model)
    try:
        ada = account(server.start().api)
        session = chat(server.api, ada)
        model.newer = True
        for _ in range(2):
            assert say(server.api, ada, session).status == 200
        assert SORRY not in [one["content"] for one in said(server.api, ada, session)]
        asked = [set(call) & {"max_tokens", "max_completion_tokens", "temperature"} for call in model.calls()]
        assert asked == [{"max_tokens", "temperature"}, {"max_completion_tokens"}, {"max_completion_tokens"}]
        server.stop()
    finally:
        server.remove()


def test_more_than_so_many_are_told_that_many_are_asking(model):
    server = served_by(model, "--openai-calls", 1, "--openai-queue", 1)
    try:
        ada = account(server.start().api)
        chats = [chat(server.api, ada) for _ in range(3)]
        model.steps(openai.Answer(text="one", hold_at=0), openai.Answer(text="two"))
        first = in_background(say, server.api, ada, chats[0])
        model.wait_held()
        second = in_background(say, server.api, ada, chats[1])
        wait_until(lambda: next(row for row in server_queues(server) if row["queue"] == "model_questions")["depth"] == 1, what="a question waits")
        assert say(server.api, ada, chats[2]).status == 200
        assert said(server.api, ada, chats[2])[1]["content"] == MANY
        model.release()
        for thread, answers in (first, second):
            thread.join()
            assert answers[0].status == 200
        assert [said(server.api, ada, session)[1]["content"] for session in chats] == ["one", "two", MANY]
        server.stop()
    finally:
        server.remove()


def server_queues(server):
    return Operator(server)("queues")


def told_of_the_model(server):
    return server.database().rows("select component, severity, details from practice.system_events where event_type = 'model_error' order by severity desc")


def test_a_model_that_fails_again_and_again_is_left_alone(model):
    """And both are system events (section 9), once: that a reply could not be had, and that the model is left alone."""
    server = served_by(model, "--openai-failures", 2, "--openai-rest", 1)
    try:
        ada = account(server.start().api)
        session = chat(server.api, ada)
        say(server.api, ada, session)
        assert told_of_the_model(server) == []
        model.steps(openai.Refusal(401), openai.Refusal(401))
        for _ in range(3):
            assert say(server.api, ada, session).status == 200
        assert len(model.calls()) == 3 and {one["content"] for one in said(server.api, ada, session)[3::2]} == {SORRY}
        once = [{"component": "tutor", "severity": "warning", "details": {"why": "refused", "left_alone": False, "status": 401}},
                {"component": "tutor", "severity": "error", "details": {"why": "the service is left alone after repeated failures", "left_alone": True}}]
        wait_until(lambda: len(told_of_the_model(server)) == 2, what="two system events")
        assert 'lectern_model_questions_total{end="resting"} 1' in server.api.get("/metrics").body.decode()

        def replied():
            say(server.api, ada, session)
            return said(server.api, ada, session)[-1]["content"] != SORRY
        wait_until(replied, what="the model is asked again")
        assert told_of_the_model(server) == once
        server.stop()
    finally:
        server.remove()


def test_a_reply_has_its_time(model):
    server = served_by(model, OPENAI_TIMEOUT_SECONDS="1")
    try:
        ada = account(server.start().api)
        session = chat(server.api, ada)
        model.steps(openai.Answer(text="never", hold_at=0))
        assert say(server.api, ada, session).status == 200
        assert said(server.api, ada, session)[1]["content"] == SORRY and len(model.calls()) == 1
        model.release()
        server.stop()
    finally:
        server.remove()


@pytest.mark.parametrize("how, at", [("kill", 2), ("terminate", 0)])
def test_a_restart_in_the_middle_of_a_reply_loses_nothing(model, how, at):
    server = served_by(model, "--drain-time", 1)
    try:
        ada = account(server.start().api)
        session, ended = chat(server.api, ada), chat(server.api, ada)
        say(server.api, ada, session, "zero")
        model.steps(*[openai.Answer(text="never to be heard", hold_at=at)] * 2)
        waiting = [in_background(ask_and_be_cut, server.api, ada, session, "first"), in_background(ask_and_be_cut, server.api, ada, ended, "last")]
        for _ in waiting:
            model.wait_held()
        waiting.append(in_background(ask_and_be_cut, server.api, ada, session, "second"))
        wait_until(lambda: len(said(server.api, ada, session)) == 4, what="the second is stored")
        end(server.api, ada, ended)
        getattr(server, how)()
        if how == "terminate":
            assert server.wait() == 0
        for thread, _ in waiting:
            thread.join()
        model.steps()
        server.start()
        wait_until(lambda: len(said(server.api, ada, session)) == 6 and len(said(server.api, ada, ended)) == 2, what="the replies")
        everything = said(server.api, ada, session)
        assert [one["role"] for one in everything] == ["user", "assistant", "user", "user", "assistant", "assistant"]
        assert ["You wrote: first " in everything[4]["content"], "You wrote: second " in everything[5]["content"]] == [True, True]
        assert say(server.api, ada, session, "third").status == 200 and len(said(server.api, ada, session)) == 8
        server.stop()
    finally:
        server.remove()


def ask_and_be_cut(api, who, session, content):
    try:
        return say(api, who, session, content)
    except (OSError, End) as cut:
        return cut


def test_operators_see_conversations(running, ada, model):
    session = chat(running.api, ada)
    say(running.api, ada, session)
    admin, name = Operator(running), f"chat/{session['id']}"
    row = next(row for row in admin("rooms") if (row["kind"], row["room"]) == ("chat", session["id"]))
    assert row["active"] and row["streams"] == 0 and row["seq"] == 2
    assert admin("room", name)["kind"] == "chat"
    member, = admin("room", name, "members")
    assert member["participant_id"] == ada.id and member["name"] == "Ada"
    assert [(row["event"], row["kind"]) for row in admin("events", "--room", name)] == [("message", "chat")] * 2
    assert admin("room", name, "close")["done"] and sessions(running.api, ada).json()[0]["is_active"] is False
