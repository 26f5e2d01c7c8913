"""The life of a token: streams end with it and go on with a renewed one, signing out, a new password, two signing keys.

Nothing waits for a clock: tokens are signed here with an end that is near, and the event is awaited.
"""
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from admin import Operator
from classroom import SECRET, Room, b64, claims, is_stamp, loc_of, login, ok, person, refused, register, sign
from client import Stream, wait_until

GONE = (401, "Could not validate credentials")
CALLS = 16  # over both workers


@pytest.fixture(scope="module")
def strict(start_module_server):
    return start_module_server("--identity", "token", "--login-failures", 5, environment={"JWT_SECRET": SECRET})


@pytest.fixture
def api(strict):
    return strict.api


class Class:
    """A session in token mode."""

    def __init__(self, api):
        self.api = api
        self.teacher = person(api, "teacher")
        self.id = ok(api.post("/sessions", token=self.teacher.token, json={"title": "A class"}))["session_id"]

    def stream(self, token, **more):
        stream = Stream(self.api, self.id, token=token, **more)
        stream.expect("connected", "session_state")
        return stream

    def say(self, text):
        ok(self.api.post(f"/sessions/{self.id}/action", token=self.teacher.token, json={"type": "chat", "text": text}))


@pytest.fixture
def lesson(api):
    return Class(api)


def ending(token, seconds, **changes):
    """The token with another end."""
    head, body = claims(token)
    return sign(head, {**body, "exp": int(time.time()) + seconds, **changes})


def statuses(api, token):
    return {api.get("/sessions/active", token=token).status for _ in range(CALLS)}


def refresh(api, token):
    return api.post("/auth/refresh", token=token)


def another_token(api, who):
    return ok(login(api, who.phone))["access_token"]


# --- streams end with their token


def test_a_stream_ends_with_its_token(strict, api, lesson):
    pupil = person(api)
    token = ending(pupil.token, 4)
    said = claims(token)[1]
    with lesson.stream(lesson.teacher.token) as other, lesson.stream(token) as stream:
        warning = stream.expect("token_expiring")
        assert warning.id is None and set(warning.data) == {"type", "expires_at", "expires_in"}
        assert warning.data["type"] == "token_expiring" and 0 < warning.data["expires_in"] <= 4
        assert warning.data["expires_at"] == time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(said["exp"]))
        assert stream.expect("token_ended").data == {"type": "token_ended", "reason": "expired"}
        assert time.time() >= said["exp"]
        stream.rest()
        name = "%s:%d" % stream.socket.getsockname()
        other.until("participant_left")
        lesson.say("the others go on")
        other.until("chat")
    refused(api.get(f"/sse/sessions/{lesson.id}", token=token), *GONE)
    ended = wait_until(lambda: Operator(strict)("closed", "--reason", "token_expired"), what="its end to be known")
    assert name in [row["peer"] for row in ended]


def test_a_stream_of_a_long_token_hears_nothing_of_it(lesson):
    with lesson.stream(lesson.teacher.token) as stream:
        lesson.say("hello")
        assert stream.expect("chat")


def test_bare_user_ids_have_no_token_that_could_end(start_server):
    server = start_server("--token-notice", 3600, environment={"JWT_SECRET": SECRET})
    room = Room(server.api)
    pupil = room.student()
    bare, named = room.stream(pupil), room.stream(pupil, token=ending(pupil.token, 4))
    named.until("token_ended")
    assert room.fence(bare) is not None
    assert not [frame for frame in bare.seen if frame.event.startswith("token_")]
    bare.close()
    named.close()


# --- renewing


def test_a_renewed_token(api):
    pupil = person(api)
    head, old = claims(pupil.token)
    answer = ok(refresh(api, pupil.token))
    assert set(answer) == {"access_token", "token_type", "expires_in", "expires_at"} and answer["token_type"] == "bearer"
    assert answer["expires_in"] == 7 * 86400 and is_stamp(answer["expires_at"])
    new = claims(answer["access_token"])[1]
    same = ("user_id", "role", "sub", "iss", "aud", "typ", "sid", "auth_time")
    assert {name: new[name] for name in same} == {name: old[name] for name in same}
    assert new["exp"] - new["iat"] == 7 * 86400 and new["jti"] != old["jti"]
    assert statuses(api, answer["access_token"]) == statuses(api, pupil.token) == {200}


def test_a_class_goes_on_when_its_tokens_are_renewed(api, lesson):
    """In place, on the same streams, on whatever worker they are; who does not renew is the clock."""
    pupil, forgetful = person(api), person(api)
    token, until = ending(pupil.token, 4, iat=int(time.time()) - 3600), ending(forgetful.token, 5)
    streams = [lesson.stream(token) for _ in range(3)]
    with lesson.stream(until) as clock:
        for stream in streams:
            stream.until("token_expiring")
        renewed = ok(refresh(api, token))["access_token"]
        clock.until("token_ended")
    assert statuses(api, token) == {401} and statuses(api, renewed) == {200}
    lesson.say("on and on")
    for stream in streams:
        stream.until("chat")
        assert "token_ended" not in [frame.event for frame in stream.seen]
        stream.close()


@pytest.mark.parametrize("of", [lambda token: None, lambda token: "a.b.c", lambda token: ending(token, -1)], ids=["none", "rubbish", "ended"])
def test_what_cannot_be_renewed(api, of):
    assert refresh(api, of(person(api).token)).status == 401


def test_a_sign_in_is_renewed_for_a_limited_time(api):
    pupil = person(api)
    head, body = claims(pupil.token)
    since = lambda seconds: sign(head, {**body, "auth_time": int(time.time()) - 30 * 86400 + seconds})
    ok(refresh(api, since(60)))
    refused(refresh(api, since(-1)), 403, "This sign-in is too old to be renewed, sign in again")
    assert statuses(api, since(-1)) == {200}, "it counts until it ends"


def test_the_life_of_a_token_is_kept(api):
    """A short one does not become a long one."""
    pupil = person(api)
    short = ending(pupil.token, 600, iat=int(time.time()))
    assert ok(refresh(api, short))["expires_in"] == 600


def test_tokens_from_before_they_had_names_can_be_renewed(api):
    head, body = claims(person(api).token)
    old = sign({"alg": "HS256", "typ": "JWT"}, {name: value for name, value in body.items() if name not in ("sid", "auth_time", "jti")})
    new = ok(refresh(api, old))["access_token"]
    assert claims(new)[1]["auth_time"] == body["iat"]
    ok(api.post("/auth/logout", token=new))
    assert statuses(api, old) == statuses(api, new) == {401}


# --- signing out


def test_signing_out_ends_this_sign_in_at_once_and_everywhere(api, lesson):
    pupil = person(api)
    other = another_token(api, pupil)
    renewed = ok(refresh(api, pupil.token))["access_token"]
    with lesson.stream(pupil.token) as first, lesson.stream(renewed) as second, lesson.stream(other) as kept:
        assert statuses(api, renewed) == {200}
        assert ok(api.post("/auth/logout", token=renewed)) == {"ok": True, "message": "Signed out"}
        assert statuses(api, renewed) == statuses(api, pupil.token) == {401}
        assert statuses(api, other) == {200}
        for stream in (first, second):
            assert stream.until("token_ended").data == {"type": "token_ended", "reason": "revoked"}
            stream.rest()
        lesson.say("the other device goes on")
        kept.until("chat")
    refused(api.post("/auth/logout", token=renewed), *GONE)
    refused(refresh(api, renewed), *GONE)
    assert statuses(api, another_token(api, pupil)) == {200}


@pytest.mark.parametrize("word", ["true", "1", "YES"])
def test_signing_out_everywhere(api, lesson, word):
    pupil, bystander = person(api), person(api)
    other = another_token(api, pupil)
    with lesson.stream(pupil.token) as one, lesson.stream(other) as two:
        assert ok(api.post(f"/auth/logout?everywhere={word}", token=pupil.token)) == {"ok": True, "message": "Signed out everywhere"}
        assert statuses(api, pupil.token) == statuses(api, other) == {401} and statuses(api, bystander.token) == {200}
        for stream in (one, two):
            stream.until("token_ended")
            stream.rest()
    assert statuses(api, another_token(api, pupil)) == {200}, "of the same second"


def test_a_bad_everywhere(api):
    pupil = person(api)
    assert ["query", "everywhere"] in loc_of(api.post("/auth/logout?everywhere=perhaps", token=pupil.token))
    assert statuses(api, pupil.token) == {200}


def test_who_signs_out_needs_a_token(start_server):
    """A bare user_id, which legacy mode believes, must not end what others have."""
    server = start_server()
    victim = person(server.api)
    for call in (server.api.post("/auth/logout", victim), server.api.post("/auth/logout", victim, query={"everywhere": "true"}), server.api.post("/auth/refresh", victim),
                 server.api.post("/auth/password", victim, json={"old_password": "pass123", "new_password": "another one"})):
        refused(call, 401, "Not authenticated")
    assert statuses(server.api, victim.token) == {200}
    ok(login(server.api, victim.phone))


def test_what_was_ended_stays_so_after_a_kill(start_server):
    server = start_server("--identity", "token")
    one, all_of_them, changed = (person(server.api) for _ in range(3))
    kept = another_token(server.api, one)
    ok(server.api.post("/auth/logout", token=one.token))
    ok(server.api.post("/auth/logout?everywhere=1", token=all_of_them.token))
    new = ok(server.api.post("/auth/password", token=changed.token, json={"old_password": "pass123", "new_password": "another one"}))["access_token"]
    server.kill()
    server.start()
    assert [statuses(server.api, who.token) for who in (one, all_of_them, changed)] == [{401}] * 3
    assert statuses(server.api, kept) == statuses(server.api, new) == {200}


def test_rows_are_bounded_and_tidied(strict, api):
    """At most 64 for a person: with more, what is as old as the oldest ends as a whole. Spent rows go."""
    pupil, bystander = person(api), person(api)
    head, body = claims(pupil.token)
    now = int(time.time())
    database = strict.database()
    database.text("insert into jwt_tokens (user_id, token, expires_at, is_revoked) "
                  f"values ({bystander.id}, 'an old sign-in', now() at time zone 'utc' - interval '1 day', true)")
    of = lambda n: sign(head, {**body, "sid": f"{n:016x}", "auth_time": now - 1000 + n})
    for n in range(70):
        ok(api.post("/auth/logout", token=of(n)))
    assert database.one(f"select count(*) as n from jwt_tokens where user_id = {pupil.id}")["n"] == 64
    assert database.rows("select 1 from jwt_tokens where token = 'an old sign-in'") == []
    assert {api.get("/sessions/active", token=of(n)).status for n in range(70)} == {401}
    assert statuses(api, pupil.token) == {200}


def test_a_row_by_hand_ends_a_sign_in_too(strict, api, lesson):
    pupil = person(api)
    sid = claims(pupil.token)[1]["sid"]
    with lesson.stream(pupil.token) as stream:
        strict.database().text("insert into jwt_tokens (user_id, token, expires_at, is_revoked) "
                               f"values ({pupil.id}, '{sid}', now() at time zone 'utc' + interval '8 days', true)")
        stream.until("token_ended")
    wait_until(lambda: statuses(api, pupil.token) == {401}, what="every worker to hear of it")


def test_signing_out_races_with_streams_that_open(api, lesson):
    """Whatever comes first, no stream of the sign-in is left."""
    pupils = [person(api) for _ in range(6)]
    requests = [lambda token=pupil.token: Stream(api, lesson.id, token=token) for pupil in pupils for _ in range(4)]
    ends = [lambda token=pupil.token: api.post("/auth/logout", token=token) for pupil in pupils]
    together = [call for pair in zip(requests[::4], ends) for call in pair] + [call for k, call in enumerate(requests) if k % 4]
    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(run_it, together))
    for stream in made:
        if isinstance(stream, Stream):
            stream.rest()
            stream.close()


def run_it(call):
    try:
        return call()
    except AssertionError as refusal:  # a stream that was not let in
        return refusal


# --- a new password


def change(api, token, old="pass123", new="another one", **more):
    return api.post("/auth/password", token=token, json={"old_password": old, "new_password": new}, **more)


def test_a_new_password(api, lesson):
    pupil = person(api)
    other = another_token(api, pupil)
    with lesson.stream(pupil.token) as mine, lesson.stream(other) as elsewhere:
        answer = ok(change(api, pupil.token))
        assert set(answer) == {"access_token", "token_type", "expires_in", "expires_at"}
        assert statuses(api, answer["access_token"]) == {200}
        assert statuses(api, pupil.token) == statuses(api, other) == {401}
        assert elsewhere.until("token_ended").data["reason"] == "revoked"
        lesson.say("whoever changed it stays")
        mine.until("chat")
        assert "token_ended" not in [frame.event for frame in mine.seen]
    refused(login(api, pupil.phone), 401, "Invalid credentials")
    signed = ok(login(api, pupil.phone, "another one"))["access_token"]
    assert statuses(api, signed) == {200}, "of the same second"
    ok(refresh(api, answer["access_token"]))
    again = ok(change(api, signed, "another one", "a third one"))["access_token"]
    assert statuses(api, answer["access_token"]) == statuses(api, signed) == {401} and statuses(api, again) == {200}


def test_the_old_password_must_be_right(api):
    pupil = person(api)
    refused(change(api, pupil.token, "wrong one"), 403, "The old password is wrong")
    assert statuses(api, pupil.token) == {200}
    ok(login(api, pupil.phone))


def test_guesses_of_the_old_password_are_limited_with_those_at_sign_in(api):
    pupil = person(api)
    for _ in range(3):
        refused(change(api, pupil.token, "wrong one"), 403, "The old password is wrong")
    for _ in range(2):
        refused(login(api, pupil.phone, "wrong one"), 401, "Invalid credentials")
    assert change(api, pupil.token).status == login(api, pupil.phone).status == 429


@pytest.mark.parametrize("field, value", [
    ("old_password", ""), ("old_password", None), ("old_password", ...), ("old_password", 5), ("old_password", "x" * 4097),
    ("new_password", "12345"), ("new_password", ""), ("new_password", None), ("new_password", ...), ("new_password", 123456),
    ("new_password", "x" * 1025), ("new_password", "a\0bcdef"),
])
def test_a_password_within_bounds(api, field, value):
    body = {"old_password": "pass123", "new_password": "another one", field: value}
    answer = api.post("/auth/password", token=person(api).token, json={name: text for name, text in body.items() if text is not ...})
    assert ["body", field] in loc_of(answer)


@pytest.mark.parametrize("new", ["123456", "x" * 1024, "p" * 72, "pä\U0001f511sss", "p" * 71])
def test_passwords_of_any_length(api, new):
    pupil = person(api)
    ok(change(api, pupil.token, new=new))
    ok(login(api, pupil.phone, new))
    assert login(api, pupil.phone, new + "x").status in (401, 422)


def test_one_of_many_simultaneous_changes_wins(api):
    pupil = person(api)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: change(api, pupil.token, new=f"password {n}"), range(4)))
    assert [answer.status for answer in answers].count(200) == 1, answers
    assert {answer.status for answer in answers} <= {200, 401, 403, 503}
    won = next(n for n, answer in enumerate(answers) if answer.status == 200)
    ok(login(api, pupil.phone, f"password {won}"))


def test_people_of_courses_have_the_same(api):
    body = {"username": f"pia{time.time_ns()}", "name": "Pia", "email": f"pia{time.time_ns()}@example.org", "password": "pass123", "role": "student"}
    assert api.post("/auth/signup", json=body).status == 201
    sign_in = lambda password: api.post("/auth/login", json={"username": body["username"], "password": password})
    me = lambda token: {api.get("/auth/users/me", token=token).status for _ in range(CALLS)}
    token = ok(sign_in("pass123"))["access_token"]
    new = ok(api.post("/m/courses/auth/password", token=token, json={"old_password": "pass123", "new_password": "another one"}))["access_token"]
    assert me(token) == {401} and me(new) == {200}
    renewed = ok(api.post(f"/m/courses/auth/refresh?token={new}"))["access_token"]
    ok(api.post("/m/courses/auth/logout", token=renewed))
    assert me(renewed) == me(new) == {401}
    assert sign_in("pass123").status == 401 and sign_in("another one").status == 200


# --- tokens that are none


def test_claims_must_be_of_their_kind(api):
    head, body = claims(person(api).token)
    wrong = [("iat", value) for value in (str(body["iat"]), body["iat"] + 0.5, float(body["iat"]), -1, 2**53, 2**63 - 1, 10**30, True, None, [], {}, int(time.time()) + 600)]
    wrong += [("exp", value) for value in (str(body["exp"]), float(body["exp"]), 1e300, 10**12, 10**30, True, None, [body["exp"]])]
    wrong += [("nbf", value) for value in ("0", 1.5, -1, None, False, int(time.time()) + 600)]
    wrong += [("user_id", value) for value in (str(body["user_id"]), float(body["user_id"]), [body["user_id"]], True, None, 0, -1, 2**31)]
    wrong += [("sub", value) for value in (body["user_id"], None, "", ["x"], {})]
    wrong += [(name, value) for name in ("aud", "iss") for value in (["lectern"], "Lectern", None, 1, {"lectern": 1})]
    wrong += [("typ", value) for value in ("refresh", None, ["access"])]
    wrong += [(name, value) for name in ("auth_time", "sid") for value in (None, True, 1.5, "x", -1)]
    wrong += [("role", 1), ("jti", 1), ("email", [])]
    assert statuses(api, sign(head, {**body, "nbf": body["iat"], "more": [1.5]})) == {200}
    taken = [(name, value) for name, value in wrong if api.get("/sessions/active", token=sign(head, {**body, name: value})).status != 401]
    assert taken == []


def signed_text(head, body, secret=SECRET):
    """Whatever bytes header and payload are."""
    text = f"{b64(head.encode())}.{b64(body.encode())}"
    return f"{text}.{b64(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


def test_headers_and_names_that_stand_twice(api):
    head, body = claims(person(api).token)
    plain = json.dumps(body)
    bad = {
        "alg twice": signed_text('{"alg":"none","alg":"HS256"}', plain),
        "user twice": signed_text('{"alg":"HS256"}', plain[:-1] + f', "user_id": {body["user_id"]}}}'),
        "exp twice": signed_text('{"alg":"HS256"}', plain[:-1] + f', "exp": {body["exp"]}}}'),
        "crit": signed_text('{"alg":"HS256","crit":["exp"]}', plain),
        "empty crit": signed_text('{"alg":"HS256","crit":[]}', plain),
        "lower case": signed_text('{"alg":"hs256"}', plain),
        "no alg": signed_text('{"typ":"JWT"}', plain),
        "alg a list": signed_text('{"alg":["HS256"]}', plain),
        "a list": signed_text('["HS256"]', plain),
        "unknown kid": sign({**head, "kid": "0123456789ab"}, body),
        "empty kid": sign({**head, "kid": ""}, body),
        "kid a number": sign({**head, "kid": 1}, body),
        "kid a path": sign({**head, "kid": "/dev/null"}, body),
        "payload a list": signed_text('{"alg":"HS256"}', f"[{plain}]"),
        "more behind it": signed_text('{"alg":"HS256"}', plain + " {}"),
        "four parts": sign(head, body) + ".x",
    }
    assert statuses(api, signed_text('{"alg":"HS256"}', plain)) == {200}
    assert [name for name, token in bad.items() if api.get("/sessions/active", token=token).status != 401] == []


# --- two keys


OLDER, NEWER = "the older secret, of more than 32 bytes", "the newer secret, of more than 32 bytes"


def test_a_secret_is_changed_without_signing_anybody_out(start_server):
    """As the README tells it."""
    server = start_server("--identity", "token", environment={"JWT_SECRET": OLDER})
    api, long_one = server.api, "a password so long that it has to be taken together " * 3
    pupil = person(api)
    phone = register(api, password=long_one).json()["phone_number"]
    nameless = sign({"alg": "HS256"}, claims(pupil.token)[1], OLDER)

    def restart(**environment):
        server.stop()
        server.environment = environment
        server.start()

    restart(JWT_SECRET=NEWER, JWT_SECRET_PREVIOUS=OLDER)
    assert statuses(api, pupil.token) == statuses(api, nameless) == {200}
    renewed, anew = ok(refresh(api, pupil.token))["access_token"], another_token(api, pupil)
    kids = [claims(token)[0]["kid"] for token in (pupil.token, renewed, anew)]
    assert kids[0] != kids[1] == kids[2] and all(len(kid) == 12 for kid in kids)
    assert api.get("/sessions/active", token=sign({"alg": "HS256", "kid": kids[1]}, claims(anew)[1], OLDER)).status == 401
    ok(login(api, phone, long_one))
    restart(JWT_SECRET=NEWER)
    assert statuses(api, pupil.token) == statuses(api, nameless) == {401}
    assert statuses(api, renewed) == statuses(api, anew) == {200}
    ok(login(api, phone, long_one))


@pytest.mark.parametrize("previous, said", [("short", "JWT_SECRET_PREVIOUS has 5 bytes"), (NEWER, "the same as JWT_SECRET")])
def test_a_previous_secret_that_is_none(start_server, previous, said):
    with pytest.raises(AssertionError, match=said):
        start_server(environment={"JWT_SECRET": NEWER, "JWT_SECRET_PREVIOUS": previous})
