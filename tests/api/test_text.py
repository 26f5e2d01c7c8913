"""Texts as people type, paste and save them: what nobody sees around them, byte order marks, letters composed in two ways."""
import json
import unicodedata
import uuid

import pytest

from attendance import Course, fresh
from classroom import Room, loc_of, login, ok, person, refused, register
from client import file_form, wait_until
from courses import member, new_name, sign_in, sign_up
from sounds import wav

BLANKS = [" ", "\t", "\r\n", "\u00a0", "\u2003", "\u3000", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u200f",
          "\u061c", "\u202a", "\u202c", "\u2066", "\u2069", "\u180e", "\u3164", "\u2800", "\u115f", "\x1f", "\x7f", " \u200b\t\u2069\u00a0"]
MARK = b"\xef\xbb\xbf"
JSON = "application/json"
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Zürich-Ångström ệ") for form in ("NFC", "NFD"))


def names_of(blank):
    return f"{blank}Ada", f"Ada{blank}", f"{blank}Ada{blank}"


def number():
    return "9" + str(uuid.uuid4().int)[:9]


@pytest.fixture(scope="module", params=BLANKS, ids=ascii)
def blank(request):
    return request.param


# --- what nobody sees around a text


def test_a_phone_number(api, blank):
    phone = number()
    made = register(api, phone=blank + phone + blank)
    assert ok(made)["phone_number"] == phone
    refused(register(api, phone=phone), 400, "Phone already registered")
    refused(register(api, phone=phone + blank), 400, "Phone already registered")
    for typed in (phone, phone + blank, blank + phone, blank + phone + blank):
        assert ok(login(api, typed))["user_id"] == made.json()["user_id"], ascii(typed)
        assert ok(api.post("/auth/login", parts={"username": typed, "password": "pass123"}))["user_id"] == made.json()["user_id"]
    assert loc_of(register(api, phone="123456789" + blank)) == [["body", "phone_number"]]  # nine characters are too few


def test_names_and_titles_of_the_classroom(api, blank):
    """A title is kept as it is written, but one of nothing visible is none."""
    for name in names_of(blank):
        who = person(api, "teacher", name)
        assert who.name == "Ada"
        room = Room(api, who, title=name)
        assert [one["title"] for one in ok(api.get("/sessions/active", who)) if one["session_id"] == room.id] == [name]
    assert loc_of(register(api, name=blank)) == [["body", "name"]]
    assert loc_of(api.post("/sessions", person(api, "teacher"), json={"title": blank * 3})) == [["body", "title"]]


def test_a_title_of_an_upload(api, blank):
    teacher = person(api, "teacher")
    def upload(title):
        kind, body = file_form({"title": title}, "file", "a.wav", "audio/wav", wav())
        return api.post("/audio/upload", teacher, body=body, content_type=kind)
    assert ok(upload(blank + "An air" + blank))["title"] == "An air"
    assert loc_of(upload(blank)) == [["body", "title"]]


def test_names_and_addresses_of_courses(campus, blank):
    api, name = campus.api, new_name()
    made = sign_up(api, username=blank + name, email=blank + name + "@example.org" + blank, name="Ada" + blank)
    assert made.status == 201, made
    assert (made.json()["user_name"], made.json()["email"], made.json()["name"]) == (name, name + "@example.org", "Ada")
    refused(sign_up(api, username=name + blank), 400, "Username already taken")
    refused(sign_up(api, email=f"{name}@example.org" + blank), 400, "Email already registered")
    for typed in (name, name + blank, blank + name):
        assert ok(sign_in(api, typed))["user"]["id"] == made.json()["user_id"], ascii(typed)
    assert sign_up(api, username=blank).status == 400
    nameless = new_name()
    assert sign_up(api, username=nameless, name=blank).json()["name"] == nameless  # a name of nothing visible is none
    assert sign_up(api, email=f"a{blank}b@example.org").status == 400


def test_addresses_and_names_of_attendance(place, blank):
    email = place.allow(blank + fresh("Zoe") + "@Example.org" + blank, name=blank)
    plain = email.strip(blank).lower()
    user = ok(place.sign_in(blank + plain + blank, blank))["user"]
    assert (user["email"], user["name"]) == (plain, plain.split("@")[0])
    teacher = place.person()
    course = Course(place, teacher, name=blank + "Algebra" + blank)
    assert course.shown()["name"] == "Algebra"
    ok(course.roster({"rollNo": fresh("23"), "name": "Ada" + blank, "email": blank + "a@x.org", "phone": "123" + blank, "dtuEmail": blank}))
    [shown] = course.shown()["students"]
    assert (shown["name"], shown["email"], shown["phone"]) == ("Ada", "a@x.org", "123") and not shown["dtuEmail"]


@pytest.mark.parametrize("name", ["نمی‌خواهم", "क्\u200dष", "\U0001f469\u200d\U0001f4bb", "❤\ufe0f", "രാജന്\u200d", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "a \u200b b"],
                         ids=ascii)
def test_what_belongs_to_a_name_stays(api, name):
    assert person(api, "student", f"\u200b{name} ").name == name


def test_a_chat(api):
    room = Room(api)
    student = room.student()
    pid = room.join(student)
    with room.stream(student) as stream:
        ok(room.act(student, "chat", text="\u200b hello\u00a0"))
        assert stream.expect("chat").data["text"] == "hello"
        refused(room.action(student, "chat", text="\u200b\u2060 "), 400, "Empty message")
        ok(api.post(room.path("/chat"), student, json={"participant_id": pid, "message": " as it is "}))
        assert stream.expect("chat").data["message"] == " as it is "


# --- accounts that were stored so before


@pytest.fixture
def stored(server):
    """Gives somebody a phone number by hand, as an older version stored it."""
    return lambda who, phone: server.database().text(f"update account.users set phone_number = '{phone}' where user_id = {who.id}")


@pytest.mark.parametrize("around", [" ", "\u200b", "\u2069", "\u00a0"], ids=ascii)
def test_an_account_stored_with_a_blank(api, stored, around):
    who, phone = person(api), number()
    stored(who, phone + around)
    for typed in (phone, phone + around, " " + phone, phone + "\u2060"):
        assert ok(login(api, typed))["user_id"] == who.id, ascii(typed)
    refused(register(api, phone=phone), 400, "Phone already registered")


def test_two_accounts_that_differ_by_a_blank(api, stored):
    one, other, phone = person(api), person(api), number()
    stored(one, phone)
    stored(other, phone + " ")
    assert [ok(login(api, typed))["user_id"] for typed in (phone, phone + " ", phone + "\u200b")] == [one.id, other.id, one.id]


def test_a_user_name_stored_with_a_blank(campus):
    who = member(campus.api)
    campus.server.database().text(f"update courses.users set user_name = user_name || E'\\u200b' where user_id = {who.id}")
    for typed in (who.name, who.name + "\u200b", who.name + " "):
        signed = ok(sign_in(campus.api, typed))
        assert signed["user"]["id"] == who.id
        ok(campus.api.get("/auth/users/me", token=signed["access_token"]))
    refused(sign_up(campus.api, username=who.name), 400, "Username already taken")


# --- passwords


def test_a_password_is_never_trimmed(api):
    phone = number()
    ok(register(api, phone=phone, password=" pass123\u200b"))
    assert login(api, phone, " pass123\u200b").status == 200
    assert {login(api, phone, typed).status for typed in ("pass123", " pass123", "pass123\u200b")} == {401}


@pytest.mark.parametrize("first, second", [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED), ("pass\u00a0word", "pass word"), ("\u212bngstr\u00f6m", "\u00c5ngstr\u00f6m")],
                         ids=ascii)
def test_one_password_in_two_forms(api, campus, first, second):
    phone, name = number(), new_name()
    ok(register(api, phone=phone, password=first))
    assert sign_up(campus.api, username=name, password=first).status == 201
    for typed in (first, second):
        ok(login(api, phone, typed))
        ok(sign_in(campus.api, name, typed))
    assert login(api, phone, "Zurich-Angstrom e").status == 401


def test_a_long_password_in_two_forms(api):
    phone, long = number(), "ü" * 100
    ok(register(api, phone=phone, password=long))
    for typed in (long, unicodedata.normalize("NFD", long)):
        assert login(api, phone, typed).status == 200
    assert login(api, phone, "ü" * 99).status == 401


def test_a_hash_made_of_the_other_form_stays_good(api, server):
    """And is made anew, so that from then on both forms fit."""
    phone = number()
    who = ok(register(api, phone=phone))
    old = "$2b$04$abcdefghijklmnopqrstuuANd7NRgRkMGqFQOXU.X.bnv0Ar9RJK."  # bcrypt of DECOMPOSED
    server.database().text(f"update account.users set password_hash = '{old}' where user_id = {who['user_id']}")
    assert login(api, phone, COMPOSED).status == 401
    ok(login(api, phone, DECOMPOSED))
    wait_until(lambda: login(api, phone, COMPOSED).status == 200, what="the new hash")
    ok(login(api, phone, DECOMPOSED))


def test_the_length_of_a_password_is_that_of_its_letters(api):
    assert loc_of(register(api, password=unicodedata.normalize("NFD", "üüüüü"))) == [["body", "password"]]
    ok(register(api, phone=number(), password=unicodedata.normalize("NFD", "üüüüüü")))


# --- a byte order mark before JSON


def test_json_with_a_byte_order_mark(api, campus, place):
    phone, name = number(), new_name()
    def post(at, path, body, **more):
        return at.post(path, body=MARK + json.dumps(body).encode(), content_type=JSON, **more)
    ok(post(api, "/auth/register", {"name": "Ada", "phone_number": phone, "password": "pass123", "role": "teacher"}))
    teacher = person(api, "teacher")
    room = ok(post(api, f"/sessions?user_id={teacher.id}", {"title": "Algebra"}))
    ok(post(api, f"/sessions/{room['session_id']}/action?user_id={teacher.id}",
            {"type": "webrtc_signal", "target_participant_id": 1, "payload": {"a": [1, {"b": "c"}]}}))
    assert post(campus.api, "/auth/signup", {"username": name, "email": f"{name}@example.org", "password": "pass123"}).status == 201
    ok(post(campus.api, "/auth/login", {"username": name, "password": "pass123"}))
    token = place.google.token(place.allow(fresh("bom") + "@example.org"))
    assert ok(post(place.api, "/auth/google", {"idToken": token}))["token"]


@pytest.mark.parametrize("body", [MARK, MARK + MARK + b"{}", MARK + b"{", b"{}" + MARK, MARK[:2] + b"{}", "{}".encode("utf-16")], ids=ascii)
def test_what_is_no_json_with_one(api, body):
    answer = api.post("/sessions", person(api, "teacher"), body=body, content_type=JSON)
    assert loc_of(answer)[0][0] == "body"
