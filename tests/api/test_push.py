"""Classroom contract, section 10: invites reach the devices, against a stand-in for Firebase (firebase.py) that verifies
assertions and messages. At least once, with one id: whatever Firebase or the server does, nothing is lost."""
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import Room, ok, person, register_token
from client import wait_until
from firebase import (CUT, GARBAGE, HANG, INTERNAL, MISMATCH, NO_TOKEN, PROJECT, TOO_BIG, UNAUTHENTICATED, UNAVAILABLE, UNREGISTERED,
                      Firebase, Reply, quota)
from launch import binary, run

OPTIONS = ("--outbox-backoff", 10, "--push-timeout", 2, "--outbox-attempts", 4)


@pytest.fixture(scope="module")
def firebase():
    service = Firebase()
    yield service
    service.close()


@pytest.fixture(scope="module")
def pusher(start_module_server, firebase):
    """A server whose pushes go to the stand-in, shared by the tests that give it back as they found it."""
    return start_pusher(start_module_server, firebase)


@pytest.fixture
def classroom(pusher, firebase):
    """A room of that server; whatever Firebase was told to do is undone, and it must have found nothing wrong."""
    yield Room(pusher.api, person(pusher.api, "teacher", 'Ada "A" Lovelace'), "Größe & 'Maß'")
    firebase.hang_up()
    firebase.replies.clear()
    firebase.token_replies.clear()
    firebase.expires_in = 3600
    assert firebase.faults == []


@pytest.fixture
def own_firebase():
    services = []

    def start(**options):
        services.append(Firebase(**options))
        return services[-1]

    yield start
    for service in services:
        service.close()


def start_pusher(start, firebase, *options, account=None, **environment):
    environment = {"FIREBASE_SERVICE_ACCOUNT_KEY": account or firebase.account, **environment}
    return start(*OPTIONS, "--fcm-url", f"{firebase.url}/", *options, environment=environment)


def invited(room, firebase=None, *replies):
    """Invites a student with one device, to which Firebase answers this at first; returns the device's token."""
    student = room.student()
    device, _ = register_token(room.api, student)
    if replies:
        firebase.replies[device] = list(replies)
    assert ok(room.invite(student))["notifications_sent"] == 1
    return device


def outbox(server, where="true"):
    return server.database().rows(f"select id, kind, state, attempts, last_error, payload from outbox.messages where {where}")


def about(room):
    """The condition for the outbox's rows of a room."""
    return f"payload -> 'data' ->> 'session_id' = '{room.id}'"


def settled(server, room):
    wait_until(lambda: not outbox(server, about(room)), what="an empty outbox")


def dead(server, room):
    return wait_until(lambda: outbox(server, f"{about(room)} and state = 'dead'"), what="a dead message")


def has_token(server, device):
    return server.database().text(f"select count(*) from fcm_tokens where token = '{device}'") == "1"


# ---- what is sent ----

def test_the_message_is_the_contracts(pusher, firebase, classroom):
    device = invited(classroom)
    (push,) = firebase.delivered(device)
    assert push.message["notification"] == {"title": "Session Invitation",
                                            "body": "Ada \"A\" Lovelace invited you to join 'Größe & 'Maß''"}
    data = dict(push.message["data"])
    assert str(uuid.UUID(data.pop("notification_id"))) == push.id
    assert data == {"type": "session_invitation", "session_id": str(classroom.id), "session_title": "Größe & 'Maß'",
                    "teacher_name": 'Ada "A" Lovelace'}
    settled(pusher, classroom)


def test_every_device_gets_one(pusher, firebase, classroom):
    student = classroom.student()
    devices = [register_token(classroom.api, student)[0] for _ in range(5)]
    assert ok(classroom.invite(student))["notifications_sent"] == 5
    ids = {firebase.delivered(device)[0].id for device in devices}
    settled(pusher, classroom)
    assert len(ids) == 5 and all(len(firebase.of(device)) == 1 for device in devices)


def test_the_longest_names_fit(firebase, pusher):
    """A push has room for 4096 bytes: what is longer is cut, and what fits is not."""
    for name, title, whole in (("教" * 200, "室" * 500, False), ("n" * 200, "t" * 500, True)):
        room = Room(pusher.api, person(pusher.api, "teacher", name), title)
        (push,) = firebase.delivered(invited(room))
        data = push.message["data"]
        assert (data["session_title"] == title) == whole and title.startswith(data["session_title"].rstrip("…"))
        assert data["teacher_name"] == name
    assert firebase.faults == []


def test_many_invites_at_once(pusher, firebase, classroom):
    """More than the notifier has under way at once; one access token serves them all."""
    firebase.revoke()
    before = len(firebase.tokens)
    with ThreadPoolExecutor(16) as pool:
        devices = list(pool.map(lambda _: invited(classroom), range(60)))
    for device in devices:
        firebase.delivered(device)
    settled(pusher, classroom)
    assert all(len(firebase.of(device, 200)) == 1 for device in devices)
    assert len(firebase.tokens) == before + 1


def test_the_answer_waits_for_nobody(pusher, firebase, classroom):
    firebase.called(invited(classroom, firebase, HANG))
    assert ok(classroom.invite(classroom.student()))["ok"]


# ---- what Firebase answers ----

@pytest.mark.parametrize("reply", [UNREGISTERED, NO_TOKEN], ids=["unregistered", "no token"])
def test_a_token_that_is_none_is_removed(pusher, firebase, classroom, reply):
    student = classroom.student()
    (bad, _), (good, _) = register_token(classroom.api, student), register_token(classroom.api, student)
    firebase.replies[bad] = [reply]
    assert ok(classroom.invite(student))["notifications_sent"] == 2
    firebase.delivered(good)
    settled(pusher, classroom)
    wait_until(lambda: not has_token(pusher, bad), what="the token's end")
    assert len(firebase.of(bad)) == 1 and has_token(pusher, good)
    assert ok(classroom.invite(student))["notifications_sent"] == 1


@pytest.mark.parametrize("reply, why", [(TOO_BIG, "400 INVALID_ARGUMENT"), (MISMATCH, "403 SENDER_ID_MISMATCH"),
                                        (Reply(404, {"error": {"code": 404, "status": "NOT_FOUND"}}), "404 NOT_FOUND"),
                                        (Reply(418, {}), "418")], ids=["too big", "mismatch", "not found", "teapot"])
def test_other_refusals_are_final(pusher, firebase, classroom, reply, why):
    device = invited(classroom, firebase, reply)
    (row,) = dead(pusher, classroom)
    assert (row["attempts"], row["last_error"]) == (1, f"messages:send: {why}")
    assert len(firebase.of(device)) == 1 and has_token(pusher, device)
    assert f"a message is given up kind=push id={row['id']}" in pusher.stderr()


@pytest.mark.parametrize("reply", [INTERNAL, UNAVAILABLE, CUT, GARBAGE, HANG, Reply(302, {}, {"Location": "http://127.0.0.1:1/"})],
                         ids=["500", "503", "cut", "garbage", "hang", "redirect"])
def test_what_may_pass_is_tried_again(pusher, firebase, classroom, reply):
    device = invited(classroom, firebase, reply, reply)
    firebase.delivered(device)
    settled(pusher, classroom)
    assert [call.status for call in firebase.of(device)] == [reply.act or reply.status] * 2 + [200]
    assert len({call.id for call in firebase.of(device)}) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(pusher, firebase, classroom, status):
    device = invited(classroom, firebase, quota(1) if status == 429 else Reply(503, {}, {"Retry-After": "1"}))
    firebase.delivered(device)
    first, second = firebase.of(device)
    assert (first.status, second.status) == (status, 200) and second.at - first.at >= 1.0
    settled(pusher, classroom)


def test_patience_is_kept_for_the_others_too(pusher, firebase, classroom):
    """Asked for patience by one push, the next one waits as well."""
    device = invited(classroom, firebase, quota(2))
    (first,) = firebase.called(device)
    wait_until(lambda: outbox(pusher, f"{about(classroom)} and state = 'waiting'"), what="the postponed message")
    (second,) = firebase.delivered(invited(classroom))
    assert second.at - first.at >= 2.0
    firebase.delivered(device)


def test_no_endless_attempts(pusher, firebase, classroom):
    device = invited(classroom, firebase, *[INTERNAL] * 9)
    (row,) = dead(pusher, classroom)
    assert (row["attempts"], row["last_error"]) == (4, "messages:send: 500 INTERNAL")
    assert len(firebase.of(device)) == 4 and len({call.id for call in firebase.of(device)} | {row["id"]}) == 1


# ---- access tokens ----

def test_a_refused_access_token_is_renewed_once(pusher, firebase, classroom):
    firebase.delivered(invited(classroom))
    firebase.revoke()
    before = len(firebase.tokens)
    device = invited(classroom)
    firebase.delivered(device)
    assert [call.status for call in firebase.of(device)] == [401, 200]
    assert len(firebase.tokens) == before + 1


def test_a_new_access_token_that_is_refused_too(pusher, firebase, classroom):
    """No third one at once: the message waits for its next attempt, and all pushes with it."""
    before = firebase.token_calls
    device = invited(classroom, firebase, UNAUTHENTICATED, UNAUTHENTICATED)
    wait_until(lambda: outbox(pusher, f"{about(classroom)} and state = 'waiting' and last_error is not null"), what="the refused message")
    assert len(firebase.of(device)) == 2 and firebase.token_calls == before + 1
    firebase.delivered(device)
    settled(pusher, classroom)


def test_an_access_token_is_renewed_before_it_ends(pusher, firebase, classroom):
    firebase.revoke()
    firebase.expires_in = 1
    firebase.delivered(invited(classroom))
    short = len(firebase.tokens)
    wait_until(lambda: firebase.delivered(invited(classroom)) and len(firebase.tokens) > short, what="a new access token")


@pytest.mark.parametrize("reply", [Reply(500, {"error": "internal_failure"}), Reply(400, {"error": "invalid_grant"}), CUT, GARBAGE,
                                   Reply(200, {"expires_in": 3600}), Reply(200, {"access_token": "a b", "expires_in": 3600}),
                                   Reply(200, {"access_token": "x", "expires_in": 0})],
                         ids=["500", "400", "cut", "garbage", "no token", "odd token", "no life"])
def test_without_an_access_token_pushes_wait(pusher, firebase, classroom, reply):
    """And that is no attempt: there are none to lose."""
    firebase.revoke()
    firebase.token_replies = [reply, reply]
    calls = firebase.token_calls
    device = invited(classroom)
    firebase.delivered(device)
    settled(pusher, classroom)
    assert firebase.token_calls == calls + 3
    assert [call.status for call in firebase.of(device)] == [401, 200]


def test_who_waits_for_an_access_token_waits_for_one(pusher, firebase, classroom):
    firebase.revoke()
    firebase.token_replies = [HANG]
    calls = firebase.token_calls
    devices = [invited(classroom) for _ in range(8)]
    firebase.wait(lambda: firebase.token_calls > calls, "a call of the token endpoint")
    firebase.hang_up()
    for device in devices:
        firebase.delivered(device)
    settled(pusher, classroom)
    assert firebase.token_calls == calls + 2


# ---- whose device it is ----

def test_a_device_that_moved_on_gets_nothing(pusher, firebase, classroom):
    """The message was for the one who had the device when it was written."""
    owner, student = classroom.student(), classroom.student()
    device, _ = register_token(classroom.api, owner)
    pusher.database().text(f"""
        insert into outbox.messages (kind, payload)
        select 'push', json_build_object('token_id', token_id, 'user_id', {student.id}, 'title', 'T', 'body', 'B',
                                         'data', json_build_object('session_id', '{classroom.id}'))
        from fcm_tokens where token = '{device}'""")
    settled(pusher, classroom)
    assert firebase.of(device) == []


def test_a_message_that_is_no_push_is_given_up(pusher, firebase, classroom):
    pusher.database().text("insert into outbox.messages (kind, payload) values "
                           f"""('push', '{{"token_id": 1, "data": {{"session_id": "{classroom.id}"}}}}')""")
    (row,) = dead(pusher, classroom)
    assert row["last_error"] == "the payload is no push"


# ---- crashes, stops, outages ----

@pytest.mark.parametrize("when", ["calling", "waiting for access", "postponed"])
def test_kill_between_invite_and_delivery(start_server, own_firebase, when):
    firebase = own_firebase()
    server = start_pusher(start_server, firebase)
    room = Room(server.api)
    if when == "waiting for access":
        firebase.token_replies = [HANG]
    device = invited(room, firebase, *{"calling": [HANG], "postponed": [quota(3)]}.get(when, []))
    if when == "waiting for access":
        firebase.wait(lambda: firebase.token_calls, "a call of the token endpoint")
    else:
        firebase.called(device)
    server.kill()
    (row,) = outbox(server)  # the private database outlives a killed server
    server.start()
    (push,) = firebase.delivered(device)
    settled(server, room)
    assert push.id == row["id"] and firebase.faults == []
    assert len(firebase.of(device, 200)) == 1


def test_kill_at_any_moment(start_server, own_firebase):
    """Invites while the server is killed again and again: each that was answered arrives; a second time only with its id."""
    firebase = own_firebase()
    server = start_pusher(start_server, firebase)
    room = Room(server.api)
    students = [room.student() for _ in range(30)]
    devices = [register_token(room.api, student)[0] for student in students]
    for turn in range(3):
        for student in students[turn * 10:turn * 10 + 10]:
            ok(room.invite(student))
        server.kill()
        server.start()
    for device in devices:
        firebase.delivered(device)
    settled(server, room)
    for device in devices:
        assert len({push.id for push in firebase.of(device)}) == 1
    logged = [row["event_details"]["invited_user_id"] for row in room.logs(event_type="participant_invited")]
    assert sorted(logged) == sorted(student.id for student in students)


def test_a_graceful_stop_while_a_push_hangs(start_server, own_firebase):
    firebase = own_firebase()
    server = start_pusher(start_server, firebase, "--push-timeout", 60, "--drain-time", 1)
    room = Room(server.api)
    device = invited(room, firebase, HANG)
    firebase.called(device)
    server.stop()
    server.start()
    firebase.delivered(device)
    settled(server, room)


def test_a_graceful_stop_waits_for_an_answer(start_server, own_firebase):
    """What is under way may end: it is not sent again."""
    firebase = own_firebase()
    server = start_pusher(start_server, firebase)
    room = Room(server.api)
    firebase.token_replies = [HANG]
    device = invited(room)
    firebase.wait(lambda: firebase.token_calls, "a call of the token endpoint")
    server.terminate()
    wait_until(lambda: "stopping gracefully" in server.stderr(), what="the stop")
    firebase.hang_up()
    assert server.wait() == 0
    server.start()
    firebase.delivered(device)
    settled(server, room)
    assert len(firebase.of(device)) == 1


def test_firebase_away_at_first(start_server, own_firebase):
    """Nobody listens there, then somebody does."""
    firebase, gone = own_firebase(), own_firebase()
    gone.close()
    server = start_pusher(start_server, firebase, "--fcm-url", gone.url, "--outbox-attempts", 100)
    room = Room(server.api)
    device = invited(room)
    (row,) = wait_until(lambda: outbox(server, "attempts > 1 and state = 'waiting'"), what="some attempts")
    assert row["last_error"] == "messages:send: no connection could be made"
    server.stop()
    server.options += ["--fcm-url", firebase.url]
    server.start()
    firebase.delivered(device)
    settled(server, room)


def test_an_outage_of_the_database(start_server, own_firebase):
    """A delivery that could not be noted down is noted down later, or made again with the same id."""
    firebase = own_firebase()
    server = start_pusher(start_server, firebase)
    room = Room(server.api)
    device = invited(room, firebase, HANG)
    firebase.called(device)
    server.database().text("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'lectern %'")
    firebase.hang_up()
    firebase.delivered(device)
    settled(server, room)
    assert len({push.id for push in firebase.of(device)}) == 1


# ---- who may be trusted ----

def test_tls(start_server, own_firebase):
    firebase = own_firebase(tls=True)
    server = start_pusher(start_server, firebase, "--outbound-ca", firebase.ca)
    room = Room(server.api)
    firebase.delivered(invited(room))
    settled(server, room)


def test_a_stranger_is_told_nothing(start_server, own_firebase):
    firebase = own_firebase(tls=True)
    server = start_pusher(start_server, firebase)
    device = invited(Room(server.api))
    (row,) = wait_until(lambda: outbox(server, "state = 'waiting' and last_error is not null"), what="the refusal")
    assert row["last_error"] == "token endpoint: the connection could not be trusted"
    assert firebase.token_calls == 0 and firebase.of(device) == []


def test_the_token_endpoint_may_be_named(start_server, own_firebase):
    firebase = own_firebase()
    account = firebase.write_account("other.json", token_uri="https://oauth2.googleapis.com/token")
    server = start_pusher(start_server, firebase, "--fcm-token-url", f"{firebase.url}/token", account=account)
    room = Room(server.api)
    firebase.delivered(invited(room))
    settled(server, room)
    assert firebase.faults == []


# ---- without a service account ----

@pytest.mark.parametrize("kind", ["nowhere", "garbage", "keyless"])
def test_a_service_account_that_is_none(start_server, own_firebase, kind):
    firebase = own_firebase()
    account = {"nowhere": f"{firebase.folder}/nowhere.json", "garbage": firebase.public,
               "keyless": firebase.write_account("keyless.json", private_key=None)}[kind]
    server = start_pusher(start_server, firebase, account=account)
    room = Room(server.api)
    device = invited(room)
    said = server.stderr()
    assert said.count("pushes are off: the service account cannot be used") == 1
    assert account not in said and "PRIVATE" not in said
    assert outbox(server) == [] and firebase.of(device) == []


def test_pushes_of_an_earlier_run_wait_for_the_key(start_server, own_firebase):
    firebase = own_firebase()
    server = start_pusher(start_server, firebase)
    room = Room(server.api)
    device = invited(room, firebase, quota(1))
    firebase.called(device)
    server.kill()
    server.environment = {}
    server.start()
    assert "pushes are off: FIREBASE_SERVICE_ACCOUNT_KEY is not set" in server.stderr()
    unsent = invited(room)
    server.stop()
    server.environment = {"FIREBASE_SERVICE_ACCOUNT_KEY": firebase.account}
    server.start()
    firebase.delivered(device)
    settled(server, room)
    assert len(firebase.of(device, 200)) == 1 and firebase.of(unsent) == []


def test_the_key_stays_secret(pusher, firebase):
    said = pusher.stderr()
    assert f"pushes are on project={PROJECT}" in said
    with open(firebase.private, encoding="ascii") as key:
        lines = key.read().split("\n")
    assert not any(line and line in said for line in lines) and firebase.account not in said
    assert not any(token in said for token in firebase.tokens)


# ---- what an operator sees ----

def lectern(server, *words):
    return run(binary(), *words, "--data", server.data)


def test_operators_see_and_retry_what_was_given_up(pusher, firebase, classroom):
    device = invited(classroom, firebase, MISMATCH)
    (row,) = dead(pusher, classroom)
    listed = lectern(pusher, "outbox", "list")
    assert listed.returncode == 0 and any(row["id"] in line and "403 SENDER_ID_MISMATCH" in line for line in listed.stdout.splitlines())
    assert device not in listed.stdout
    done = lectern(pusher, "outbox", "retry", row["id"])
    assert (done.returncode, done.stdout) == (0, "1 to be delivered\n"), done
    assert firebase.delivered(device)[0].id == row["id"]
    settled(pusher, classroom)
    done = lectern(pusher, "outbox", "retry", row["id"])
    assert done.returncode == 1 and "no dead message" in done.stderr


def test_operators_forget_what_was_given_up(pusher, firebase, classroom):
    device = invited(classroom, firebase, MISMATCH)
    (row,) = dead(pusher, classroom)
    assert lectern(pusher, "outbox", "list", "all").returncode == 0
    assert lectern(pusher, "outbox", "drop", row["id"]).stdout == "1 forgotten\n"
    assert lectern(pusher, "outbox", "list").stdout.count(row["id"]) == 0
    assert lectern(pusher, "outbox", "list", "some").returncode == 1


def test_the_notifier_describes_itself(pusher, firebase, classroom):
    firebase.delivered(invited(classroom))
    settled(pusher, classroom)

    def state():
        done = run(binary(), "admin", "--data", pusher.data, "--json", "actor", "notifier/1")
        assert done.returncode == 0, done
        return json.loads(done.stdout)["detail"]

    seen = wait_until(lambda: (now := state()) and now["under_way"] == 0 and now, what="a notifier at rest")
    assert seen["ready"] and not seen["stopping"]
    courier = next(courier for courier in seen["couriers"] if courier["kind"] == "push")
    assert courier["delivered"] > 0 and courier["closed_ms"] == 0


# ---- time ----

def test_what_has_waited_too_long_is_given_up(start_server, own_firebase):
    """Looked for at start and every ten minutes: rows put back in time, then a new start."""
    firebase = own_firebase()
    server = start_pusher(start_server, firebase, "--outbox-keep", 2)
    room = Room(server.api)
    device = invited(room)
    firebase.delivered(device)
    settled(server, room)
    server.database().text("""
        insert into outbox.messages (kind, payload, state, next_at, created_at) values
        ('fax', '{"n": 1}', 'waiting', now() + interval '1 day', now() - interval '2 days'),
        ('fax', '{"n": 2}', 'waiting', now() + interval '1 day', now()),
        ('fax', '{"n": 3}', 'dead', now(), now() - interval '3 days'),
        ('fax', '{"n": 4}', 'dead', now(), now() - interval '1 day')""")
    server.stop()
    server.start()

    def states():
        return {row["payload"]["n"]: (row["state"], row["last_error"]) for row in outbox(server)}

    wanted = {1: ("dead", "expired"), 2: ("waiting", None), 4: ("dead", None)}
    wait_until(lambda: states() == wanted, what="a tidy outbox")


def test_an_outbox_that_is_full_takes_no_more(start_server, own_firebase):
    firebase = own_firebase()
    server = start_pusher(start_server, firebase)
    server.database().text("insert into outbox.messages (kind, payload, next_at) "
                           "select 'fax', '{}', now() + interval '1 day' from generate_series(1, 100000)")
    wait_until(lambda: "the outbox is full" in server.stderr(), what="the complaint")
    room = Room(server.api)
    student = room.student()
    register_token(room.api, student)
    assert ok(room.invite(student))["notifications_sent"] == 0
    assert server.database().text("select count(*) from outbox.messages") == "100000"
    server.database().text("delete from outbox.messages where id in (select id from outbox.messages limit 10)")
    device = invited(room)
    firebase.delivered(device)
