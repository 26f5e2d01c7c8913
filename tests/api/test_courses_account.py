"""Courses contract, sections 1.2, 1.4, 3 and 13: sign-up, sign-in, tokens in header and query, who am I."""
import base64
import hashlib
import hmac
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import claims, ok, refused
from courses import PASSWORD, Campus, member, new_name, sign_in, sign_up

SECRET = "a secret of the tests, longer than 32 bytes"
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$")
PERSON = {"id", "name", "username", "user_name", "email", "role", "created_at"}


@pytest.fixture
def api(campus):
    return campus.api


def told(answer, *names):
    """A refusal of values: 400, and the text names each of them."""
    assert answer.status == 400 and isinstance(answer.detail, str), answer
    for name in names:
        assert name in answer.detail, answer


# --- signing up


def test_sign_up_answers_both_shapes(api):
    name = new_name()
    answer = sign_up(api, username=name, email=f"{name}@example.org", role="student")
    body = answer.json()
    assert answer.status == 201 and set(body) == PERSON | {"message", "user_id"}
    assert body["id"] == body["user_id"] > 0 and isinstance(body["message"], str)
    assert (body["username"], body["user_name"], body["name"]) == (name, name, name)
    assert (body["email"], body["role"]) == (f"{name}@example.org", "student")
    assert STAMP.match(body["created_at"])
    assert PASSWORD.encode() not in answer.body and b"$2b$" not in answer.body


@pytest.mark.parametrize("spelling", ["username", "user_name"])
def test_sign_up_and_in_take_either_spelling(api, spelling):
    name = new_name()
    body = {spelling: name, "email": f"{name}@example.org", "password": PASSWORD}
    assert api.post("/auth/signup", json=body).status == 201
    for other in ("username", "user_name"):
        assert ok(api.post("/auth/login", json={other: name, "password": PASSWORD}))["user"]["username"] == name


def test_the_missions_name_wins(api):
    name = new_name()
    made = sign_up(api, username=name, user_name="somebody else")
    assert made.status == 201 and made.json()["user_name"] == name


def test_a_null_spelling_is_absent(api):
    name = new_name()
    made = sign_up(api, username=None, user_name=name)
    assert made.status == 201 and made.json()["username"] == name
    assert ok(api.post("/auth/login", json={"username": None, "user_name": name, "password": PASSWORD}))["user"]["user_name"] == name


@pytest.mark.parametrize("name, shown", [("Ada Lovelace", "Ada Lovelace"), (None, ...), ("", ...), ("n" * 255, "n" * 255),
                                         ("Zoë \U0001f600 שלום <b>", "Zoë \U0001f600 שלום <b>")])
def test_the_display_name(api, name, shown):
    made = sign_up(api, name=name).json()
    assert made["name"] == (made["username"] if shown is ... else shown)


def test_names_are_trimmed_and_case_sensitive(api):
    name = new_name()
    assert sign_up(api, username=f" \t{name}\n ").json()["username"] == name
    refused(sign_up(api, username=name), 400, "Username already taken")
    assert sign_up(api, username=name.upper()).status == 201
    ok(sign_in(api, f" {name} "))
    refused(sign_in(api, name.title()), 401, "Incorrect username or password")


@pytest.mark.parametrize("changes", [
    {"username": "x"}, {"username": "ü" * 100}, {"username": "\U0001f600" * 100}, {"username": "a b"}, {"username": "' OR '1'='1"},
    {"password": "1"}, {"password": "p" * 72}, {"password": "p" * 1000}, {"password": " pä\U0001f511 "},
    {"email": "a@b.co"}, {"email": "a+tag'x@sub.example.org"}, {"email": "ü@exämple.org"}, {"email": "e" * 243 + "@example.org"},
    {"role": "admin"}, {"role": None}, {"role": ...}, {"more": "is ignored", "id": 5},
])
def test_sign_up_accepts(api, changes):
    changes = dict(changes)
    if "username" in changes:
        changes["username"] = changes["username"][:-4] + new_name()[-4:] if len(changes["username"]) > 8 else changes["username"] + new_name()
    if "email" in changes and len(changes["email"]) < 250:
        changes["email"] = new_name() + changes["email"]
    made = sign_up(api, **changes)
    assert made.status == 201, made
    assert made.json()["role"] == (changes.get("role") or "student" if changes.get("role") is not ... else "student")
    password = changes.get("password", PASSWORD)
    ok(sign_in(api, made.json()["username"], password))
    for other in (password + "x", password[:-1]):
        assert sign_in(api, made.json()["username"], other).status in (400, 401)


@pytest.mark.parametrize("field, value", [
    ("username", ""), ("username", "   "), ("username", "n" * 101), ("username", ...), ("username", None), ("username", 5),
    ("username", ["n"]), ("username", "a\0b"),
    ("name", "n" * 256), ("name", 5), ("name", "a\0b"),
    ("email", ...), ("email", None), ("email", ""), ("email", "plain"), ("email", "@example.org"), ("email", "a@"), ("email", "a@b"),
    ("email", "a@b@example.org"), ("email", "a b@example.org"), ("email", "a@exam ple.org"), ("email", "a@.org"), ("email", "a@example."),
    ("email", "a@exam..ple"), ("email", "e" * 250 + "@b.org"), ("email", 5), ("email", "a\0@example.org"),
    ("password", ...), ("password", None), ("password", ""), ("password", 123456), ("password", "p" * 4097),
    ("role", "teacher"), ("role", "Admin"), ("role", "superuser"), ("role", ""), ("role", 1), ("role", "admin "),
])
def test_sign_up_names_what_it_refuses(api, field, value):
    told(sign_up(api, **{field: value}), field)


def test_all_that_is_wrong_is_told_at_once(api):
    told(api.post("/auth/signup", json={}), "username", "email", "password")


@pytest.mark.parametrize("path", ["/auth/signup", "/auth/login"])
@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"[]", b"null", b'"text"', b'{"username": "\xff"}', b"[" * 10000,
                                  b'{"a":' * 5000 + b"1" + b"}" * 5000])
def test_bodies_that_are_no_object(api, path, body):
    with api.connect() as connection:
        told(connection.request("POST", path, body=body, content_type="application/json"))
        assert connection.request("GET", "/courses").status == 200  # the connection lives on


def test_taken_addresses_are_told_before_names(api):
    name = new_name()
    assert sign_up(api, username=name, email=f"{name}@example.org").status == 201
    refused(sign_up(api, email=f"{name}@example.org"), 400, "Email already registered")
    refused(sign_up(api, email=f"{name}@EXAMPLE.org".upper()), 400, "Email already registered")
    refused(sign_up(api, username=name), 400, "Username already taken")
    refused(sign_up(api, username=name, email=f"{name}@example.org"), 400, "Email already registered")


@pytest.mark.parametrize("same, words", [("username", "Username already taken"), ("email", "Email already registered"),
                                         ("both", "Email already registered")])
def test_one_of_many_simultaneous_sign_ups_wins(campus, api, same, words):
    name = new_name()
    def changes():
        return {key: value for key, value in [("username", name), ("email", f"{name}@example.org")] if same in (key, "both")}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sign_up(api, **changes()), range(16)))
    assert sorted(answer.status for answer in answers) == [201] + [400] * 15
    assert {answer.detail for answer in answers if answer.status == 400} == {words}
    people = campus.server.database().one(f"select count(*) as n from account.users where name = '{name}'")
    assert people["n"] == (0 if same == "email" else 1)


def test_an_address_with_admin_in_it_makes_no_admin(api):
    assert sign_up(api, email=f"admin-{new_name()}@example.org").json()["role"] == "student"


def test_passwords_are_kept_as_bcrypt(campus, api):
    made = sign_up(api).json()
    kept = campus.server.database().one(f"select password_hash from account.users where user_id = {made['id']}")["password_hash"]
    assert kept.startswith("$2b$04$") and len(kept) == 60


def test_the_switch_closes_admin_signup(start_campus):
    closed = start_campus("--courses-admin-signup=false")
    refused(sign_up(closed.api, role="admin"), 403, "Nobody can sign up as admin here")
    assert sign_up(closed.api, role="student").status == 201


# --- signing in


@pytest.fixture(scope="module")
def known(campus):
    return member(campus.api)


def test_sign_in_answers_token_and_user(api, known):
    answer = ok(sign_in(api, known.name))
    assert set(answer) == {"access_token", "token_type", "user"} and answer["token_type"] == "bearer"
    assert set(answer["user"]) == PERSON
    assert (answer["user"]["id"], answer["user"]["username"], answer["user"]["role"]) == (known.id, known.name, "student")


def test_the_token_has_the_documented_claims(known):
    head, body = claims(known.token)
    assert head["alg"] == "HS256"
    assert (body["sub"], body["user_id"]) == (known.name, known.id)
    assert abs(body["exp"] - (time.time() + 86400)) < 120
    assert "role" not in body


def test_unknown_name_and_wrong_password_say_the_same(api, known):
    for answer in (sign_in(api, known.name, "wrong"), sign_in(api, new_name()), sign_in(api, known.email), sign_in(api, known.name, "")):
        refused(answer, 401, "Incorrect username or password")


@pytest.mark.parametrize("body, names", [({}, ["username", "password"]), ({"username": "x"}, ["password"]), ({"password": "x"}, ["username"]),
                                         ({"username": 5, "password": "x"}, ["username"]), ({"username": "x", "password": ["x"]}, ["password"]),
                                         ({"username": "a\0b", "password": "x"}, ["username"]), ({"user_name": None, "password": "x"}, ["username"])])
def test_sign_in_names_what_it_refuses(api, body, names):
    told(api.post("/auth/login", json=body), *names)


def test_somebody_without_the_role_cannot_sign_in(campus, api):
    who = member(api)
    campus.server.database().text(f"delete from account.roles where user_id = {who.id}")
    refused(sign_in(api, who.name), 401, "Incorrect username or password")


def test_failed_sign_ins_are_limited(start_campus):
    strict = start_campus("--login-failures", 5)
    victim, bystander = member(strict.api), member(strict.api)
    for _ in range(5):
        refused(sign_in(strict.api, victim.name, "wrong"), 401, "Incorrect username or password")
    assert sign_in(strict.api, victim.name).status == 429
    assert sign_in(strict.api, f" {victim.name} ").status == 429
    ok(sign_in(strict.api, bystander.name))
    unknown = new_name()
    assert [sign_in(strict.api, unknown).status for _ in range(6)] == [401] * 5 + [429]


# --- tokens (section 1.2)


PROTECTED = ["/auth/users/me", "/courses/1/registration", "/progress/video/1", "/attendance/me", "/attendance/today"]


@pytest.mark.parametrize("path", PROTECTED)
def test_without_a_token(api, path):
    answer = api.get(path)
    refused(answer, 401, "Not authenticated")
    assert answer.header("www-authenticate") == "Bearer"


@pytest.mark.parametrize("path", PROTECTED)
@pytest.mark.parametrize("token", ["x", "a.b.c", "", "é", "e30.e30."])
@pytest.mark.parametrize("where", ["header", "query"])
def test_garbage_is_no_token(api, path, token, where):
    answer = api.get(path, token=token) if where == "header" else api.get(path, query={"token": token})
    refused(answer, 401, "Invalid authentication credentials")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_in_any_letter_case(api, known, scheme):
    assert ok(api.get("/auth/users/me", headers={"Authorization": f"{scheme} {known.token}"}))["id"] == known.id


def test_the_token_in_the_query(api, known):
    answer = api.get("/auth/users/me", query={"token": known.token})
    assert ok(answer)["id"] == known.id
    assert answer.header("referrer-policy") == "no-referrer"
    assert api.post("/progress", query={"token": known.token}, json={"video_id": 2**31 - 1, "start_time": "10:00:00"}).status == 404


@pytest.mark.parametrize("header, says", [("Bearer x", "Invalid authentication credentials"), ("Bearer", "Invalid authentication credentials"),
                                          ("Basic dTpw", "Not authenticated")])
def test_the_header_decides(api, known, header, says):
    refused(api.get("/auth/users/me", query={"token": known.token}, headers={"Authorization": header}), 401, says)
    ok(api.get("/auth/users/me", query={"token": "x"}, headers={"Authorization": f"Bearer {known.token}"}))


def test_a_bad_token_on_a_public_path_is_no_matter(api):
    ok(api.get("/courses", token="x"))
    ok(api.get("/courses", query={"token": "x"}))
    refused(api.get("/courses/2147483647", token="x"), 404, "Course not found")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(head, body, secret=SECRET):
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"
    return f"{text}.{b64(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())}"


@pytest.fixture(scope="module")
def open_secret(start_campus):
    return start_campus(environment={"JWT_SECRET": SECRET, "LECTERN_LOG_LEVEL": "debug"})


def test_forged_tokens(open_secret):
    api, who = open_secret.api, member(open_secret.api)
    head, body = claims(who.token)
    ok(api.get("/auth/users/me", token=sign(head, body)))
    bad = [sign(head, {**body, "exp": int(time.time()) - 1}), sign(head, body, "another secret of more than 32 bytes..."),
           sign({**head, "alg": "none"}, body), who.token.rsplit(".", 1)[0] + ".", sign(head, {**body, "user_id": "1"})]
    for token in bad:
        refused(api.get("/auth/users/me", token=token), 401, "Invalid authentication credentials")
        refused(api.get("/auth/users/me", query={"token": token}), 401, "Invalid authentication credentials")


def test_the_token_of_somebody_who_is_gone(open_secret):
    who = member(open_secret.api)
    ok(open_secret.api.get("/auth/users/me", token=who.token))
    open_secret.server.database().text(f"delete from account.users where user_id = {who.id}")
    head, body = claims(who.token)
    refused(open_secret.api.get("/auth/users/me", token=sign(head, {**body, "user_id": 2**31 - 1})), 401, "User not found")


def test_no_token_and_no_password_reaches_the_log(open_secret):
    """At the most talkative level, with tokens in good, bad and unknown addresses."""
    api, who = open_secret.api, member(open_secret.api)
    for path in ("/auth/users/me", "/nowhere", "/courses/x", "/attendance/date/x", "/auth/health"):
        api.get(path, query={"token": who.token})
    sign_in(api, who.name, "a-wrong-password")
    with api.connect() as connection:
        connection.send(b"GET /auth/users/me?token=" + who.token.encode() + b"%zz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.answer().status == 400
    with api.connect() as connection:
        connection.send(b"GET /auth/users/me?token=" + who.token.encode() + b"\x01 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.answer().status == 400
    said = open_secret.server.stderr()
    assert "/auth/users/me" in said
    assert who.token not in said and who.token.split(".")[2] not in said
    assert PASSWORD not in said and "a-wrong-password" not in said


# --- me and students


def test_me(api, known):
    me = ok(api.get("/auth/users/me", token=known.token))
    assert set(me) == PERSON and STAMP.match(me["created_at"])
    assert (me["id"], me["username"], me["user_name"], me["email"], me["role"]) == (known.id, known.name, known.name, known.email, "student")


def test_students_are_listed_for_admins_only(campus, api):
    one, other = campus.student(), campus.student()
    listed = ok(api.get("/auth/users/students", token=campus.admin.token))
    ids = [person["id"] for person in listed]
    assert ids == sorted(ids) and {one.id, other.id} <= set(ids) and campus.admin.id not in ids
    assert all(set(person) == PERSON and person["role"] == "student" for person in listed)
    assert ok(api.get("/auth/users/students", token=one.token)) == []  # its page asks before it sends students away
    assert ok(api.get("/auth/users/students", query={"token": one.token})) == []
    refused(api.get("/auth/users/students"), 401, "Not authenticated")


def test_an_own_secret_is_required():
    own = Campus("--jwt-secret", "short")
    try:
        with pytest.raises(AssertionError, match="(?i)secret"):
            own.start()
    finally:
        own.end()
