"""Contract section 7: chat over REST, and the history that both chat paths fill."""
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from admin import Operator
from classroom import ABSENT, Room, is_stamp, loc_of, ok, person, refused
from client import wait_until

MESSAGE_KEYS = {"message_id", "session_id", "participant_id", "message", "timestamp", "is_system_message"}


@pytest.fixture
def pid(room, student):
    return room.join(student)


def test_post_answers_the_message(room, student, pid):
    message = ok(room.chat(student, pid, "  Good morning  "))
    assert set(message) == MESSAGE_KEYS
    assert isinstance(message["message_id"], int)
    assert (message["session_id"], message["participant_id"]) == (room.id, pid)
    assert (message["message"], message["is_system_message"]) == ("  Good morning  ", False)
    assert is_stamp(message["timestamp"])
    assert room.history() == [message]


def test_post_is_told_to_all_in_both_spellings(room, student):
    with room.stream(student) as own, room.stream(room.student()) as other:
        own.expect("participant_joined")
        pid = own.seen[0].data["participant_id"]
        message = ok(room.chat(student, pid, "hello"))
        for stream in (own, other):
            data = stream.expect("chat").data
            assert data == {"type": "chat", "from": pid, "participant_id": pid, "sender_name": student.name,
                            "text": "hello", "message": "hello", "timestamp": message["timestamp"]}


@pytest.mark.parametrize("text", ["hi", "ä\U0001f600 \"quoted\" \\ \n\t </script> \u2028", "x" * 2000,
                                  "\U0001f600" * 2000, " "])
def test_post_keeps_and_logs_the_text_untouched(room, student, pid, text):
    with room.stream(room.student()) as stream:
        assert ok(room.chat(student, pid, text))["message"] == text
        assert stream.expect("chat").data["text"] == text
    assert room.history()[0]["message"] == text
    log = next(row for row in room.logs() if row["event_type"] == "chat_message")
    assert log["user_id"] == student.id
    assert log["event_details"] == {"participant_id": pid, "message": text, "message_length": len(text)}


@pytest.mark.parametrize("field, value", [("message", ""), ("message", "x" * 2001), ("message", None), ("message", ...),
                                          ("message", 5), ("message", "a\0b"), ("participant_id", None),
                                          ("participant_id", ...), ("participant_id", "one"), ("participant_id", 1.5),
                                          ("participant_id", True), ("participant_id", 2**31), ("participant_id", [1])])
def test_post_names_the_field_it_refuses(room, student, pid, field, value):
    body = {"participant_id": pid, "message": "hello", field: value}
    answer = room.api.post(room.path("/chat"), student, json={k: v for k, v in body.items() if v is not ...})
    assert ["body", field] in loc_of(answer)
    assert room.history() == []


def test_post_refuses_a_lone_surrogate(room, student, pid):
    body = b'{"participant_id": %d, "message": "\\ud800"}' % pid
    assert room.api.post(room.path("/chat"), student, body=body, content_type="application/json").status == 422


def test_post_refuses_wrong_participants(api, room, student, pid):
    other = Room(api)
    foreign = other.join(student)
    mate = room.student()
    refused(room.chat(student, ABSENT, "x"), 400, "Invalid participant")
    refused(room.chat(student, foreign, "x"), 400, "Invalid participant")
    assert room.chat(student, room.join(mate), "x").status == 403
    assert room.chat(person(api), pid, "x").status == 403
    assert room.history() == []


def test_post_to_nothing(api, room, student, pid):
    answer = api.post(f"/sessions/{ABSENT}/chat", student, json={"participant_id": pid, "message": "x"})
    refused(answer, 404, "Session not found")


def test_the_kicked_do_not_chat(room, student, pid):
    ok(room.kick(pid))
    assert room.chat(student, pid, "x").status == 403


def test_an_ended_session_takes_no_chat(room, student, pid):
    ok(room.end())
    assert room.chat(student, pid, "x").status == 400


def test_history_holds_both_paths_in_order(room, student, pid):
    for turn in range(6):
        if turn % 2:
            ok(room.chat(student, pid, f"message {turn}"))
        else:
            room.act(student, "chat", text=f"message {turn}")
    history = room.history()
    assert [message["message"] for message in history] == [f"message {turn}" for turn in range(6)]
    assert [message["message_id"] for message in history] == sorted(message["message_id"] for message in history)
    assert all(set(message) == MESSAGE_KEYS for message in history)


def test_history_for_whom(api, room, student, pid):
    ok(room.chat(student, pid, "x"))
    assert len(room.history(student)) == 1
    assert api.get(room.path("/chat"), person(api)).status in (200, 403)
    refused(api.get(f"/sessions/{ABSENT}/chat", student), 404, "Session not found")
    assert api.get(room.path("/chat")).status == 400


def test_simultaneous_posters(room):
    """8 people, 20 messages each: history, log and every stream tell the same story."""
    people = [room.student() for _ in range(8)]
    streams = [room.stream(who) for who in people]
    pids = [stream.seen[0].data["participant_id"] for stream in streams]

    def talk(at):
        for turn in range(20):
            text = f"{at} says {turn}"
            answer = room.chat(people[at], pids[at], text) if turn % 2 else room.action(people[at], "chat", text=text)
            assert answer.status == 200, answer

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, range(8)))
    room.fence(*streams)
    told = [message["message"] for message in room.history()][:-1]
    assert sorted(told) == sorted(f"{at} says {turn}" for at in range(8) for turn in range(20))
    for at in range(8):
        assert [text for text in told if text.startswith(f"{at} ")] == [f"{at} says {turn}" for turn in range(20)]
    for stream in streams:
        assert [frame.data["text"] for frame in stream.seen if frame.event == "chat"][:-1] == told
        stream.close()
    logged = [row["event_details"]["message"] for row in reversed(room.logs(event_type="chat_message"))]
    assert logged[:-1] == told


def test_a_long_history_comes_whole_and_costs_a_page(server, room):
    """Piece by piece: whoever does not read what he has asked for holds no more than that."""
    pid = room.join(room.student())
    server.database().text(f"""
        insert into chat_messages (session_id, participant_id, message, "timestamp")
        select {room.id}, {pid}, n || repeat(' word', 1600), timestamp '2026-01-01' + (n / 3) * interval '1 second' from generate_series(1, 3000) n""")
    history = room.history()
    assert [one["message"].split(" ")[0] for one in history] == [str(n) for n in range(1, 3001)]
    assert all(len(one["message"]) >= 8000 and one["participant_id"] == pid for one in history)
    readers = [server.api.connect() for _ in range(5)]
    for reader in readers:
        reader.send(f"GET {room.path('/chat')}?user_id={room.teacher.id} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until(lambda: reader.socket.recv(15, socket.MSG_PEEK), what="the head")
    waiting = [one["pending_bytes"] for one in Operator(server)("conns") if one["user_id"] == room.teacher.id]
    assert len(waiting) == 5 and max(waiting) <= 512 << 10, waiting
    for reader in readers:
        reader.close()


@pytest.mark.parametrize("n", [0, 1, 499, 500, 501, 1000])
def test_a_history_of_any_length(server, room, n):
    pid = room.join(room.student())
    server.database().text(f"insert into chat_messages (session_id, participant_id, message) select {room.id}, {pid}, n from generate_series(1, {n}) n")
    assert [one["message"] for one in room.history()] == [str(i + 1) for i in range(n)]
