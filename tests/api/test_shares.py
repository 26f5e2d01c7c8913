"""One person's or address's share of what costs much: sign-ups, uploads, the disk, invitations, questions, voices."""
import os

import pytest

import practice
import tutor
import voices
from admin import Operator
from classroom import Room, login, new_phone, ok, person, refused, register, register_token
from client import Connection, wait_until
from coaching import account
from firebase import HANG, Firebase
from test_admin_conns import half_uploaded
from test_audio import SONG, files, listed, upload

SIGN_UPS, UPLOADS, INVITES, QUESTIONS, VOICES = 60, 2, 8, 5, 6
STORED = 2 * len(SONG) + 10
MANY = "Too many requests, try again later"


@pytest.fixture(scope="module")
def firebase():
    service = Firebase()
    yield service
    service.close()


@pytest.fixture(scope="module")
def server(start_module_server, firebase):
    return start_module_server("--budget-sign-ups", SIGN_UPS, "--budget-uploads", UPLOADS, "--budget-invites", INVITES, "--budget-questions",
                               QUESTIONS, "--budget-voices", VOICES, "--stored-max-bytes", STORED, "--voice-embedder", voices.EMBEDDER,
                               "--fcm-url", f"{firebase.url}/", environment={"FIREBASE_SERVICE_ACCOUNT_KEY": firebase.account})


@pytest.fixture
def api(server):
    return server.api


@pytest.fixture
def operator(server):
    return Operator(server)


def let_in(do, most):
    """Does it until it is refused, which it is after `most` and what came back meanwhile. The refusal."""
    for n in range(10 * most):
        answer = do()
        if answer.status == 429:
            assert n >= most and int(answer.header("retry-after")) > 0
            return answer
        assert answer.status == 200, answer
    raise AssertionError("never refused")


# ---- sign-ups ----

def test_sign_ups_of_an_address(api):
    def elsewhere():
        with Connection(api.host, api.port, source="127.0.0.7") as stranger:
            body = {"name": "x", "phone_number": new_phone(), "password": "pass123", "role": "student"}
            return stranger.request("POST", "/auth/register", json=body)
    before = person(api)
    refused(let_in(elsewhere, SIGN_UPS), 429, MANY)
    ok(register(api))
    ok(login(api, before.phone))


# ---- uploads ----

def test_uploads_under_way(api, server):
    teacher, other = person(api, "teacher"), person(api, "teacher")
    half = [half_uploaded(api, teacher) for _ in range(UPLOADS)]
    for connection in half:
        connection.send(b"x" * 140_000)
    wait_until(lambda: len([name for name in files(server) if name.endswith(".part")]) >= UPLOADS, what="all of them")
    refused(upload(api, teacher), 429, "Too many uploads under way, finish one first")
    ok(upload(api, other))
    half.pop().close()
    wait_until(lambda: upload(api, teacher).status == 200, what="a place for another upload")
    for connection in half:
        connection.close()


def test_bytes_that_one_person_stores(api, server):
    teacher, other = person(api, "teacher"), person(api, "teacher")
    for _ in range(2):
        ok(upload(api, teacher))
    kept = files(server)
    refused(upload(api, teacher), 413, "Your files have taken all the room that one person may have")
    wait_until(lambda: files(server) == kept, what="its end")
    assert len(listed(api, teacher)) == 2
    ok(upload(api, other))


def test_a_disk_that_is_nearly_full(api, server, operator):
    teacher = person(api, "teacher")
    room, before = Room(api), files(server)
    disk = os.statvfs(f"{server.data}/audio")
    operator("config", "set", "storage-floor", min(2 * disk.f_blocks * disk.f_frsize, 1 << 40))
    try:
        wait_until(lambda: upload(api, teacher).status == 503, what="the refusal")
        refused(upload(api, teacher), 503, "There is no room for files now, try again later")
        room.join(room.student())
    finally:
        operator("config", "set", "storage-floor", 0)
    wait_until(lambda: upload(api, teacher).status == 200, what="room again")
    assert len(files(server)) == len(before) + 1


# ---- invitations ----

def test_invitations_of_one_person(api):
    room, other = Room(api), Room(api)
    student = room.student()
    refused(let_in(lambda: room.invite(student), INVITES), 429, "Too many invitations, try again later")
    ok(other.invite(student))


def waiting(server, session):
    return server.database().one(f"select count(*) from outbox.messages where payload #>> '{{data,session_id}}' = '{session}'")["count"]


def test_one_push_waits_for_a_device_and_session(api, server, firebase):
    room, other = Room(api), Room(api)
    student = room.student()
    devices = [register_token(api, student)[0] for _ in range(3)]
    for device in devices:
        firebase.replies[device] = [HANG] * 2
    for _ in range(3):
        assert ok(room.invite(student))["notifications_sent"] == 3
    assert ok(other.invite(student))["notifications_sent"] == 3
    assert (waiting(server, room.id), waiting(server, other.id)) == (3, 3)
    firebase.hang_up()
    firebase.replies.clear()


def test_what_a_full_outbox_is_told(api, server):
    room = Room(api)
    student = room.student()
    register_token(api, student)
    server.database().text("insert into outbox.messages (kind, payload, next_at)"
                           " select 'push', '{}', now() + interval '1 day' from generate_series(1, 100000)")
    try:
        assert ok(room.invite(student))["notifications_sent"] == 0
        assert waiting(server, room.id) == 0
    finally:
        server.database().text("delete from outbox.messages where payload = '{}'")


# ---- the tutor, voices ----

def test_questions_of_one_person(api):
    ada, ben = practice.account(api), practice.account(api, name="Ben")
    session = tutor.chat(api, ada)
    assert let_in(lambda: tutor.say(api, ada, session), QUESTIONS).detail == MANY
    assert tutor.say(api, ben, tutor.chat(api, ben)).status == 200


def test_voices_of_one_person(api):
    ada, ben = account(api), account(api)
    sound = voices.wav(200, 1)
    enrollment = voices.begin(api, ada)
    assert let_in(lambda: voices.upload(api, ada, enrollment, sound), VOICES).detail == MANY
    assert voices.complete(api, ada, enrollment).status == voices.ask(api, ada, [ada.id], sound).status == 429
    assert voices.ask(api, ben, [ada.id], sound).status == 200
