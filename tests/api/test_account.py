"""Contract section 2 and 1.1: sign-up, sign-in, tokens, who is calling."""
import hashlib
import hmac
import json
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import SECRET, Room, b64, claims, is_stamp, loc_of, login, new_phone, ok, person, refused, register, sign
from client import Stream


def sign_up(api, **changes):
    body = {"name": "Ada", "phone_number": new_phone(), "password": "pass123", "role": "student", **changes}
    return api.post("/auth/register", json={key: value for key, value in body.items() if value is not ...})


# --- register


def test_register_answers_the_user_and_nothing_more(api):
    phone = new_phone()
    user = ok(sign_up(api, name="Ada Lovelace", phone_number=phone, role="teacher"))
    assert set(user) == {"user_id", "name", "phone_number", "role", "created_at"}
    assert isinstance(user["user_id"], int) and user["user_id"] > 0
    assert (user["name"], user["phone_number"], user["role"]) == ("Ada Lovelace", phone, "teacher")
    assert is_stamp(user["created_at"])


@pytest.mark.parametrize("role", ["Teacher", "TEACHER", "sTuDeNt"])
def test_register_takes_the_role_in_any_letter_case(api, role):
    assert ok(sign_up(api, role=role))["role"] == role.lower()


def test_register_refuses_a_phone_that_is_taken(api):
    phone = new_phone()
    ok(sign_up(api, phone_number=phone))
    refused(sign_up(api, phone_number=phone, name="Somebody else", role="teacher"), 400, "Phone already registered")


@pytest.mark.parametrize("changes", [
    {"name": "n"}, {"name": "n" * 200}, {"name": "ü" * 200}, {"name": "\U0001f600" * 200},
    {"password": "123456"}, {"password": "p" * 72}, {"password": "p" * 1000}, {"password": "pä\U0001f511sss"},
    {"more": "is ignored", "user_id": 7},
])
def test_register_accepts_what_lies_within_the_bounds(api, changes):
    user = ok(sign_up(api, **changes))
    assert user["name"] == changes.get("name", "Ada")


@pytest.mark.parametrize("length", [10, 20])
def test_register_accepts_phones_of_any_characters(api, length):
    phone = ("+x " + new_phone()[-7:] + "-" * 10)[:length]
    assert ok(sign_up(api, phone_number=phone))["phone_number"] == phone


@pytest.mark.parametrize("field, value", [
    ("name", ""), ("name", "n" * 201), ("name", None), ("name", ...), ("name", 5), ("name", ["n"]), ("name", {}),
    ("name", "a\0b"),
    ("phone_number", "123456789"), ("phone_number", "1" * 21), ("phone_number", None), ("phone_number", ...),
    ("phone_number", 12345678901), ("phone_number", "12345\0" + "67890"),
    ("password", "12345"), ("password", ""), ("password", None), ("password", ...), ("password", 123456),
    ("password", "pass\0word"),
    ("role", "admin"), ("role", ""), ("role", None), ("role", ...), ("role", 1),
])
def test_register_names_the_field_it_refuses(api, field, value):
    assert ["body", field] in loc_of(sign_up(api, **{field: value}))


def test_register_reports_every_bad_field(api):
    places = loc_of(api.post("/auth/register", json={}))
    assert sorted(places) == [["body", name] for name in ("name", "password", "phone_number", "role")]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null"])
def test_register_wants_an_object(api, body):
    loc_of(api.post("/auth/register", body=body, content_type="application/json"))


@pytest.mark.parametrize("body", [b"{", b'{"name": }', b"{'name': 1}", b"nonsense", b'{"name": "a"} x', b'{"a":1,}'])
def test_register_says_where_json_is_broken(api, body):
    answer = api.post("/auth/register", body=body, content_type="application/json")
    place = loc_of(answer)[0]
    assert place[0] == "body" and isinstance(place[1], int) and 0 <= place[1] <= len(body)
    assert answer.detail[0]["type"] == "value_error.jsondecode"


@pytest.mark.parametrize("content_type", [None, "application/json; charset=utf-8", "Application/JSON"])
def test_register_reads_json_under_these_types(api, content_type):
    body = {"name": "Ada", "phone_number": new_phone(), "password": "pass123", "role": "student"}
    ok(api.post("/auth/register", body=json.dumps(body).encode(), content_type=content_type))


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded",
                                          "multipart/form-data; boundary=x"])
def test_register_refuses_other_types(api, content_type):
    body = {"name": "Ada", "phone_number": new_phone(), "password": "pass123", "role": "student"}
    assert api.post("/auth/register", body=json.dumps(body).encode(), content_type=content_type).status == 422


@pytest.mark.parametrize("stray", ["999999", "abc", "", "99999999999999999999"])
def test_a_stray_user_id_is_ignored_on_register_and_login(api, stray):
    phone = new_phone()
    body = {"name": "Ada", "phone_number": phone, "password": "pass123", "role": "student"}
    ok(api.post("/auth/register", who=stray, json=body))
    ok(login(api, phone, who=stray))


def test_one_of_many_simultaneous_registrations_of_a_phone_wins(api):
    phone = new_phone()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sign_up(api, phone_number=phone), range(16)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 15
    assert {answer.detail for answer in answers if answer.status == 400} == {"Phone already registered"}


# --- passwords


def stored_hash(server, phone):
    return server.database().one(f"select password_hash from users where phone_number = '{phone}'")["password_hash"]


def test_passwords_are_kept_as_bcrypt(server, api):
    phone = new_phone()
    answer = sign_up(api, phone_number=phone, password="correct horse")
    kept = stored_hash(server, phone)
    assert kept.startswith("$2b$04$") and len(kept) == 60
    assert b"$2b$" not in answer.body and b"correct horse" not in answer.body


def test_hashes_from_before_keep_verifying(server, api):
    """Rows of the first implementation: plain $2b$, of which bcrypt read 72 bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import crypt
    for password in ("short one", "x" * 80):
        phone = new_phone()
        kept = crypt.crypt(password, "$2b$04$abcdefghijklmnopqrstuu")
        server.database().text("insert into users (name, phone_number, role, password_hash) "
                               f"values ('Old', '{phone}', 'student', '{kept}')")
        refused(login(api, phone, "another"), 401, "Invalid credentials")
        ok(login(api, phone, password))
        ok(login(api, phone, password))


@pytest.mark.parametrize("password", ["p" * 73, "p" * 72 + "q", "ä" * 37, "p" * 500])
def test_long_passwords_are_not_cut(api, password):
    phone = new_phone()
    ok(sign_up(api, phone_number=phone, password=password))
    ok(login(api, phone, password))
    for other in (password.encode()[:72].decode(errors="ignore"), password + "x", password[:-1] + "X"):
        refused(login(api, phone, other), 401, "Invalid credentials")


def test_a_password_of_exactly_72_bytes(api):
    phone = new_phone()
    ok(sign_up(api, phone_number=phone, password="p" * 72))
    ok(login(api, phone, "p" * 72))
    refused(login(api, phone, "p" * 71), 401, "Invalid credentials")
    refused(login(api, phone, "p" * 73), 401, "Invalid credentials")


# --- login


@pytest.fixture
def known(api):
    return person(api, "student", "Grace Hopper")


def test_login_answers_what_the_client_reads(api, known):
    answer = ok(login(api, known.phone))
    assert set(answer) == {"access_token", "token_type", "user_id", "role", "name"}
    assert (answer["token_type"], answer["user_id"], answer["role"], answer["name"]) == (
        "bearer", known.id, "student", "Grace Hopper")


def test_login_by_multipart(api, known):
    assert ok(api.post("/auth/login", parts={"username": known.phone, "password": "pass123"}))["user_id"] == known.id


def test_login_accepts_the_oauth2_extras(api, known):
    form = {"username": known.phone, "password": "pass123", "grant_type": "password", "scope": "", "client_id": "a",
            "client_secret": "b"}
    ok(api.post("/auth/login", form=form))


def test_login_refuses_another_grant(api, known):
    form = {"username": known.phone, "password": "pass123", "grant_type": "refresh_token"}
    assert ["body", "grant_type"] in loc_of(api.post("/auth/login", form=form))


def test_login_decodes_the_form(api):
    phone, password = "+49 30/12+" + new_phone()[-8:], "p&=ä %+w"
    ok(sign_up(api, phone_number=phone, password=password))
    ok(login(api, phone, password))
    refused(login(api, phone, password.replace("+", " ")), 401, "Invalid credentials")


def test_unknown_phone_and_wrong_password_say_the_same(api, known):
    wrong, unknown = login(api, known.phone, "wrong-pass"), login(api, new_phone())
    refused(wrong, 401, "Invalid credentials")
    refused(unknown, 401, "Invalid credentials")


@pytest.mark.parametrize("form, missing", [({"username": "1234567890"}, "password"), ({"password": "x"}, "username"),
                                           ({}, "username")])
def test_login_names_missing_fields(api, form, missing):
    assert ["body", missing] in loc_of(api.post("/auth/login", form=form))


def test_login_does_not_read_json(api, known):
    """JSON without a mount is for the area that signs people in by name."""
    assert api.post("/auth/login", json={"username": known.phone, "password": "pass123"}).status == 401
    assert api.post("/m/classroom/auth/login", json={"username": known.phone, "password": "pass123"}).status == 422


def test_the_token_says_who_and_until_when(api, known):
    head, body = claims(known.token)
    assert head["alg"] == "HS256"
    assert (body["user_id"], body["role"]) == (known.id, "student")
    assert abs(body["exp"] - (time.time() + 7 * 86400)) < 120


# --- who is calling (legacy: a bare user_id works, a token must be right when it is there)


def test_user_id_alone_identifies(api, known):
    assert ok(api.get("/sessions/active", known)) is not None


def test_without_user_id(api):
    refused(api.get("/sessions/active"), 400, "user_id query param required for dev auth (e.g. user_id=5)")


@pytest.mark.parametrize("bad", ["abc", "", "1.5", "2147483648", "-2147483649", "99999999999999999999", "1;drop",
                                 "0x1"])
def test_user_id_must_be_a_32_bit_integer(api, bad):
    assert ["query", "user_id"] in loc_of(api.get("/sessions/active", bad))


@pytest.mark.parametrize("nobody", ["2147483647", "0", "-1"])
def test_user_id_of_nobody(api, nobody):
    refused(api.get("/sessions/active", nobody), 404, "User not found")


def test_teacher_calls_are_refused_to_students(api, known):
    for answer in (api.get("/users/students", known), api.post("/sessions", known, json={"title": "x"})):
        refused(answer, 403, "Teacher role required")


def test_a_token_identifies_with_and_without_user_id(api, known):
    ok(api.get("/sessions/active", token=known.token))
    ok(api.get("/sessions/active", known, token=known.token))


def test_a_token_of_somebody_else_is_refused(api, known, teacher):
    assert api.get("/sessions/active", teacher, token=known.token).status in (401, 403)


@pytest.mark.parametrize("token", ["x", "a.b.c", "not a token at all", "e30.e30.", "é"])
def test_garbage_tokens_are_refused(api, known, token):
    assert api.get("/sessions/active", known, token=token).status == 401
    assert api.get("/sessions/active", token=token).status == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "bearer    "])
def test_an_empty_bearer_token_is_refused(api, known, header):
    answer = api.get(f"/sessions/active?user_id={known.id}", headers={"Authorization": header})
    assert (answer.status, answer.json()) == (401, {"detail": "Could not validate credentials"})


def test_a_tampered_token_is_refused(api, known, teacher):
    head, body, signature = known.token.split(".")
    other_body = teacher.token.split(".")[1]
    assert api.get("/sessions/active", token=f"{head}.{other_body}.{signature}").status == 401
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert api.get("/sessions/active", token=f"{head}.{body}.{flipped}").status == 401
    assert api.get("/sessions/active", token=f"{head}.{body}.").status == 401


def test_the_token_opens_a_stream(api, room, known):
    with Stream(api, room.id, token=known.token) as stream:
        assert stream.expect("connected").data["user_id"] == known.id


# --- token mode, with a secret the test knows and tight login limits


@pytest.fixture(scope="module")
def strict(start_module_server):
    return start_module_server("--identity", "token", "--login-failures", 5, environment={"JWT_SECRET": SECRET})


@pytest.fixture
def signed(strict):
    """A person of the strict server and the two halves of their token."""
    who = person(strict.api, "teacher")
    return who, *claims(who.token)


def test_token_mode_does_not_take_a_bare_user_id(strict, signed):
    who = signed[0]
    assert strict.api.get("/sessions/active", who).status == 401
    assert strict.api.get("/sessions/active").status == 401
    ok(strict.api.get("/sessions/active", token=who.token))
    ok(strict.api.get("/sessions/active", who, token=who.token))
    assert strict.api.get("/sessions/active", who.id + 1, token=who.token).status in (401, 403)


def test_token_mode_runs_a_class(strict, signed):
    teacher, pupil = signed[0], person(strict.api)
    session = ok(strict.api.post("/sessions", token=teacher.token, json={"title": "Strict"}))["session_id"]
    assert strict.api.get(f"/sse/sessions/{session}", pupil).status == 401
    with Stream(strict.api, session, token=pupil.token) as stream:
        pid = stream.expect("connected", "session_state")[0].data["participant_id"]
        action = f"/sessions/{session}/action"
        assert strict.api.post(action, pupil, json={"type": "raise_hand"}).status == 401
        ok(strict.api.post(action, token=pupil.token, json={"type": "raise_hand"}))
        assert stream.expect("hand_raised").data["participant_id"] == pid


def test_the_token_is_signed_with_the_secret(signed):
    who, head, _ = signed
    text, _, signature = who.token.rpartition(".")
    assert head["alg"] == "HS256"
    assert signature == b64(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())


def test_tokens_that_must_not_pass(strict, signed):
    who, head, body = signed
    bad = {
        "expired": sign(head, {**body, "exp": int(time.time()) - 60}),
        "another secret": sign(head, body, "another secret of more than 32 bytes..."),
        "no exp": sign(head, {key: value for key, value in body.items() if key != "exp"}),
        "no user": sign(head, {key: value for key, value in body.items() if key not in ("user_id", "sub")}),
        "another algorithm": sign({**head, "alg": "HS512"}, body, digest=hashlib.sha512),
        "no algorithm": sign({**head, "alg": "none"}, body),
        "huge user": sign(head, {**body, "user_id": 2**40}),
        "text user": sign(head, {**body, "user_id": "one"}),
    }
    assert strict.api.get("/sessions/active", token=sign(head, body)).status == 200, "the forger's own check"
    for name, token in bad.items():
        assert strict.api.get("/sessions/active", token=token).status == 401, name
    unknown = strict.api.get("/sessions/active", token=sign(head, {**body, "user_id": 2**31 - 1}))
    assert unknown.status in (401, 404)


def test_the_role_is_read_from_the_database_not_the_token(strict):
    pupil = person(strict.api)
    head, body = claims(pupil.token)
    claimed = sign(head, {**body, "role": "teacher"})
    answer = strict.api.post("/sessions", token=claimed, json={"title": "Mine"})
    assert answer.status in (401, 403), answer


def test_failed_sign_ins_are_limited_per_account(strict):
    victim, bystander = person(strict.api), person(strict.api)
    for _ in range(5):
        refused(login(strict.api, victim.phone, "wrong-pass"), 401, "Invalid credentials")
    assert login(strict.api, victim.phone, "wrong-pass").status == 429
    assert login(strict.api, victim.phone).status == 429
    ok(login(strict.api, bystander.phone))


def test_unknown_accounts_are_limited_alike(strict):
    phone = new_phone()
    answers = [login(strict.api, phone).status for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_names_that_look_like_an_account_at_an_address_lock_nobody_out(strict):
    victim = person(strict.api)
    for name in (f"{victim.phone}\n127.0.0.1", f"127.0.0.1\n{victim.phone}", f"p127.0.0.1\n{victim.phone}"):
        assert [login(strict.api, name, "wrong-pass").status for _ in range(6)] == [401] * 5 + [429]
    ok(login(strict.api, victim.phone))


def test_another_spelling_of_an_account_is_no_new_beginning(strict):
    phone = new_phone() + "\u0663"
    ok(register(strict.api, phone=phone))
    spellings = [phone + end for end in ("", "\u200b", "\ufe00", "\ufe01", "\ufe02\ufe03", "\ufe04\u200d")]
    assert login(strict.api, spellings[2]).status == 200, "all of them are that account"
    assert [login(strict.api, name, "wrong-pass").status for name in spellings] == [401] * 5 + [429]


def test_a_good_sign_in_is_not_counted(strict):
    who = person(strict.api)
    for _ in range(12):
        ok(login(strict.api, who.phone))


def test_simultaneous_wrong_guesses_do_not_slip_through(strict):
    victim = person(strict.api)
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: login(strict.api, victim.phone, "wrong-pass").status, range(24)))
    assert answers.count(401) == 5 and answers.count(429) == 19, answers
    assert login(strict.api, victim.phone).status == 429


def test_a_short_secret_is_refused_at_start(start_server, cluster):
    with pytest.raises(AssertionError, match="(?i)secret"):
        start_server(dev=False, environment={"DATABASE_URL": cluster.url(), "JWT_SECRET": "short"})
    with pytest.raises(AssertionError, match="(?i)secret"):
        start_server(dev=False, environment={"DATABASE_URL": cluster.url()})


def test_legacy_rooms_are_open_to_either_way(api, student):
    """One person, both spellings of who they are: the same participant."""
    room = Room(api)
    first = ok(api.post(room.path("/join"), student))["participant_id"]
    assert ok(api.post(room.path("/join"), token=student.token))["participant_id"] == first
    assert register(api).status == 200
