"""Accounts of practice: registering, signing in, profile, password (practice contract, section 4)."""
import re
import uuid
from pathlib import Path

import pytest

from classroom import person
from practice import PASSWORD, account, at_once, login, new_email, register, sign_in

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")
PROFILE = {"id", "user_id", "email", "name", "bio", "avatar_url", "is_active", "created_at", "role"}


def test_a_student_registers_and_is_shown_the_profile(api):
    email = new_email()
    made = api.post("/api/auth/register", json={"email": email, "name": "  Ada  ", "password": PASSWORD, "grade_level": "9", "id": 4711,
                                                "is_active": False, "role": "teacher", "user_id": 3})
    profile = made.json()
    assert made.status == 200 and set(profile) == PROFILE | {"grade_level"}
    assert profile["id"] != 4711 and uuid.UUID(profile["user_id"]) and STAMP.match(profile["created_at"])
    assert {key: profile[key] for key in ("email", "name", "grade_level", "bio", "avatar_url", "is_active", "role")} == {
        "email": email, "name": "Ada", "grade_level": "9", "bio": None, "avatar_url": None, "is_active": True, "role": "student"}
    assert api.get("/api/auth/me", token=sign_in(api, email).token).json() == profile


def test_a_teacher_registers_and_has_two_profiles(api):
    made = register(api, "teacher", department="Computing", bio="Teaches")
    profile = made.json()
    assert made.status == 200 and set(profile) == PROFILE | {"department"}
    assert (profile["department"], profile["bio"], profile["role"]) == ("Computing", "Teaches", "teacher")
    who = sign_in(api, profile["email"], "teacher")
    assert api.get("/api/auth/me/teacher", token=who.token).json() == profile
    as_student = api.get("/api/auth/me", token=who.token).json()
    assert set(as_student) == PROFILE | {"grade_level"} and as_student["grade_level"] == "Computing"
    plain = account(api, "teacher")
    assert api.get("/api/auth/me", token=plain.token).json()["grade_level"] == ""
    assert api.get("/api/auth/me/teacher", token=plain.token).json()["department"] is None


def test_an_address_is_one_account_of_each_kind_in_any_letter_case(api):
    email = new_email()
    made = register(api, email=email.upper())
    assert made.json()["email"] == email.split("@")[0].upper() + "@example.org"
    again = register(api, email=email)
    assert (again.status, again.detail) == (400, "Email already registered")
    assert register(api, "teacher", email=email).status == 200
    assert login(api, email).status == login(api, email.title()).status == 200
    assert login(api, email, "teacher").status == 200


def test_of_simultaneous_registrations_one_makes_the_account(api, server):
    email = new_email()
    before = server.database().one("select count(*) as people from account.users where name = 'Racer'")["people"]
    answers = at_once([lambda: register(api, email=email, name="Racer") for _ in range(6)])
    assert sorted(answer.status for answer in answers) == [200] + [400] * 5
    assert {answer.detail for answer in answers if answer.status == 400} == {"Email already registered"}
    assert server.database().one("select count(*) as people from account.users where name = 'Racer'")["people"] == before + 1


@pytest.mark.parametrize("changes, field", [
    ({"email": ...}, "email"), ({"name": ...}, "name"), ({"password": ...}, "password"), ({"email": None}, "email"),
    ({"name": None}, "name"), ({"password": None}, "password"), ({"email": "nobody"}, "email"), ({"email": "a@b"}, "email"),
    ({"email": "a b@example.org"}, "email"), ({"email": "a@b@example.org"}, "email"), ({"email": 5}, "email"),
    ({"email": "a" * 250 + "@example.org"}, "email"), ({"name": ""}, "name"), ({"name": "  \t"}, "name"), ({"name": "n" * 256}, "name"),
    ({"name": ["Ada"]}, "name"), ({"name": "A\0"}, "name"), ({"password": ""}, "password"), ({"password": "12345"}, "password"),
    ({"password": "123456\0"}, "password"), ({"password": 123456}, "password"), ({"grade_level": "g" * 51}, "grade_level"),
    ({"grade_level": 9}, "grade_level"),
])
def test_what_is_wrong_with_a_registration_is_listed(api, changes, field):
    answer = register(api, **changes)
    assert answer.status == 422
    fault, = answer.detail
    assert fault["loc"] == ["body", field] and fault["msg"] and fault["type"]


def test_names_and_addresses_of_the_largest_length_are_taken(api):
    email = "a" * (254 - len(new_email())) + new_email()
    made = register(api, email=email, name="é" * 255, grade_level="g" * 50)
    assert made.status == 200 and made.json()["name"] == "é" * 255
    assert register(api, "teacher", department="d" * 101).status == 422


@pytest.mark.parametrize("password", ["é" * 40 + "end", "x" * 100, "p" * 72 + "1", "six666"])
def test_every_byte_of_a_password_counts(api, password):
    who = register(api, password=password).json()
    assert login(api, who["email"], password=password).status == 200
    assert login(api, who["email"], password=password[:-1]).status == 401
    assert login(api, who["email"], password=password[:-1] + "!").status == 401


def test_signing_in_tells_who_it_was_and_gives_tokens(api):
    made = register(api).json()
    answer = login(api, made["email"])
    told = answer.json()
    assert answer.status == 200
    assert {key: told[key] for key in ("user_id", "email", "role", "name", "success", "token_type", "expires_in")} == {
        "user_id": made["id"], "email": made["email"], "role": "student", "name": "Ada", "success": True, "token_type": "bearer",
        "expires_in": 86400}
    assert set(told) == {"user_id", "email", "role", "name", "success", "token_type", "expires_in", "access_token", "refresh_token"}
    assert len(told["access_token"]) >= 32 and told["access_token"] != told["refresh_token"]
    assert login(api, made["email"]).json()["access_token"] != told["access_token"]


def test_unknown_account_wrong_password_and_the_other_kind_are_told_the_same(api):
    student, teacher = account(api), account(api, "teacher")
    refused = [login(api, student.email, password="wrong-one"), login(api, new_email()), login(api, student.email, "teacher"),
               login(api, teacher.email), login(api, "no address at all"), login(api, student.email, password="")]
    assert {(answer.status, answer.body) for answer in refused} == {(401, b'{"detail":"Invalid email or password"}')}


def test_an_unknown_account_costs_what_a_wrong_password_does(start_server):
    """In the server's own time, which does not depend on what else runs."""
    server = start_server("--bcrypt-cost", 9, "--login-failures", 1000)

    def ticks_used():
        return sum(map(int, Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))

    who, ticks = account(server.api), []
    for email in (who.email, new_email()):
        before = ticks_used()
        assert {login(server.api, email, password="wrong-one").status for _ in range(12)} == {401}
        ticks.append(ticks_used() - before)
    assert min(ticks) > max(ticks) / 2 > 5, ticks


@pytest.mark.parametrize("body", [{}, {"email": "a@example.org"}, {"password": PASSWORD}, {"email": None, "password": PASSWORD},
                                  {"email": "a@example.org", "password": 5}, [], "text"])
def test_a_login_without_its_fields_is_malformed(api, body):
    for path in ("/api/auth/login", "/api/auth/login/teacher"):
        answer = api.post(path, json=body)
        assert answer.status == 422 and isinstance(answer.detail, list)


def test_an_inactive_account_cannot_sign_in_and_its_sessions_end(api, server):
    for role, words in (("student", "Student account is inactive"), ("teacher", "Teacher account is inactive")):
        who = account(api, role)
        server.database().text(f"update practice.{role}s set is_active = false where id = {who.id}")
        answer = login(api, who.email, role)
        assert (answer.status, answer.detail) == (401, words)
        assert login(api, who.email, role, "wrong-one").detail == "Invalid email or password"
        assert api.get("/api/auth/me", token=who.token).status == 401
        assert api.get("/api/auth/me", headers={"X-Session-ID": who.composed}).status == 401
        assert api.post("/api/auth/refresh", json={"refresh_token": who.refresh}).status == 401


def test_guesses_are_limited_by_account_and_registrations_and_logins_are_not(start_server):
    api = start_server("--login-failures", 3, "--login-failures-address", 40).api
    who = account(api)
    for email in (new_email(), who.email):  # whether they are here is not told
        assert [login(api, spelling, password="wrong-one").status for spelling in (email, email.upper(), email.title())] == [401] * 3
        assert login(api, email, password="wrong-one").status == 429
    blocked = login(api, who.email)
    assert blocked.status == 429 and int(blocked.header("retry-after")) > 0
    for _ in range(100):
        account(api)


def test_no_password_and_no_hash_is_told_or_logged(api, server):
    secret = "a-password-nobody-sees"
    made = register(api, password=secret)
    who = sign_in(api, made.json()["email"], password=secret)
    stored = server.database().one(f"select password_hash from practice.students where id = {who.id}")["password_hash"]
    assert stored.startswith("$2b$")
    answers = [made, login(api, who.email, password=secret), api.get("/api/auth/me", token=who.token)]
    for told in [answer.body.decode() for answer in answers] + [server.stderr()]:
        assert secret not in told and stored not in told


# ---- persons ----

def person_of(server, who):
    return server.database().one(f"select person_id from practice.{who.role}s where id = {who.id}")["person_id"]


def test_each_registration_makes_a_person_without_phone_and_password(api, server):
    student, teacher = account(api, name="Grace"), account(api, "teacher", name="Grace")
    assert person_of(server, student) != person_of(server, teacher)
    row = server.database().one(f"select name, phone_number, password_hash, role from account.users where user_id = {person_of(server, student)}")
    assert row == {"name": "Grace", "phone_number": None, "password_hash": None, "role": None}


def test_a_token_of_another_area_makes_both_accounts_one_persons(api, server):
    who = person(api, "student")
    made = [register(api, role, token=who.token) for role in ("student", "teacher")]
    assert [answer.status for answer in made] == [200, 200]
    accounts = [sign_in(api, answer.json()["email"], answer.json()["role"]) for answer in made]
    assert {person_of(server, one) for one in accounts} == {who.id}
    again = register(api, token=who.token)
    assert (again.status, again.detail) == (400, "You have such an account already")
    # neither side's token counts on the other
    assert api.get("/api/auth/me", token=who.token).status == 401
    assert api.get("/users/me", token=accounts[0].token).status == 401
    # who goes as a person goes here too
    server.database().text(f"delete from account.users where user_id = {who.id}")
    assert [api.get("/api/auth/me", token=one.token).status for one in accounts] == [401, 401]


@pytest.mark.parametrize("token", ["nonsense", "eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjoxfQ."])
def test_a_token_that_does_not_count_is_nobodys(api, server, token):
    made = register(api, token=token)
    assert made.status == 200
    who = sign_in(api, made.json()["email"])
    assert server.database().one(f"select name from account.users where user_id = {person_of(server, who)}")["name"] == "Ada"


def test_a_revoked_token_is_nobodys(api, server):
    who = person(api, "student")
    assert api.post("/auth/logout", token=who.token).status == 200
    made = register(api, token=who.token)
    assert made.status == 200 and person_of(server, sign_in(api, made.json()["email"])) != who.id


# ---- a new password ----

def change(api, who, old=PASSWORD, new="a better one", by="old_password", **more):
    return api.post("/api/auth/change-password", json={by: old, "new_password": new}, **(more or {"token": who.token}))


@pytest.mark.parametrize("role", ["student", "teacher"])
@pytest.mark.parametrize("spelling", ["old_password", "current_password"])
def test_a_new_password_counts_at_once_and_ends_the_other_sessions(api, role, spelling):
    who = account(api, role)
    other = sign_in(api, who.email, role)
    changed = change(api, who, by=spelling)
    assert (changed.status, changed.json()) == (200, {"message": "Password changed successfully"})
    assert login(api, who.email, role).status == 401
    assert login(api, who.email, role, "a better one").status == 200
    assert api.get("/api/auth/me", token=who.token).status == 200
    assert api.get("/api/auth/me", token=other.token).status == 401
    assert api.post("/api/auth/refresh", json={"refresh_token": other.refresh}).status == 401


def test_who_comes_by_the_composed_header_keeps_the_newest_session(api):
    older = account(api)
    newest = sign_in(api, older.email)
    assert change(api, older, headers={"X-Session-ID": older.composed}).status == 200
    assert api.get("/api/auth/me", token=older.token).status == 401
    assert api.get("/api/auth/me", token=newest.token).status == 200
    assert api.get("/api/auth/me", headers={"X-Session-ID": older.composed}).status == 200


def test_what_is_refused_of_a_new_password(api):
    who = account(api)
    wrong = change(api, who, old="wrong-one")
    assert (wrong.status, wrong.detail) == (400, "Old password is incorrect")
    assert change(api, who, headers={"X-None": "1"}).status == 401
    for body in ({"new_password": "a better one"}, {"old_password": PASSWORD}, {"old_password": PASSWORD, "new_password": "short"},
                 {"old_password": PASSWORD, "new_password": None}, {}):
        assert api.post("/api/auth/change-password", token=who.token, json=body).status == 422
    assert api.get("/api/auth/me", token=who.token).status == 200 and login(api, who.email).status == 200


# ---- name and address ----

@pytest.mark.parametrize("role", ["student", "teacher"])
def test_name_and_address_can_be_changed(api, role):
    who, other = account(api, role), account(api, role)
    email = new_email(role)
    answer = api.put("/api/auth/me", token=who.token, json={"name": " Ada L. ", "email": email})
    assert answer.status == 200 and (answer.json()["name"], answer.json()["email"]) == ("Ada L.", email)
    assert answer.json() == api.get("/api/auth/me", token=who.token).json()
    assert login(api, email, role).status == 200 and login(api, who.email, role).status == 401
    taken = api.put("/api/auth/me", token=who.token, json={"email": other.email.upper()})
    assert (taken.status, taken.detail) == (400, "Email already registered")
    assert api.put("/api/auth/me", token=who.token, json={}).json()["name"] == "Ada L."
    for body in ({"name": ""}, {"name": None}, {"email": "nobody"}, {"email": None}):
        assert api.put("/api/auth/me", token=who.token, json=body).status == 422
    assert api.put("/api/auth/me", token=who.token, json={"email": email.upper()}).status == 200


def test_me_of_a_teacher_is_for_teachers(api):
    answer = api.get("/api/auth/me/teacher", token=account(api).token)
    assert (answer.status, answer.detail) == (403, "Access denied: Teachers only")
    for path in ("/api/auth/me", "/api/auth/me/teacher"):
        assert (api.get(path).status, api.get(path).detail) == (401, "Not authenticated")


# ---- who may register as teacher ----

def test_teachers_register_with_a_code_or_not_at_all(start_server):
    closed = start_server(environment={"TEACHER_REGISTRATION": "closed"}).api
    answer = register(closed, "teacher")
    assert (answer.status, answer.detail) == (403, "Nobody can register as teacher here")
    assert register(closed).status == 200
    coded = start_server("--login-failures-address", 3, environment={"TEACHER_REGISTRATION": "code:sesame-open-up"}).api
    assert register(coded, "teacher", invitation_code="sesame-open-up").status == 200
    for code in (..., "", "sesame", "sesame-open-up!"):
        answer = register(coded, "teacher", invitation_code=code)
        assert (answer.status, answer.detail) == (403, "Whoever registers as teacher needs the invitation code")
    assert register(coded, "teacher", invitation_code="sesame-open-up").status == 429
    assert register(coded).status == 200


@pytest.mark.parametrize("value", ["nonsense", "code:", "code:short", "code:aaaaaaaaaaaa", "OPEN"])
def test_a_registration_of_teachers_that_says_nothing_is_refused_and_not_told(start_server, value):
    with pytest.raises(AssertionError, match="TEACHER_REGISTRATION") as failure:
        start_server(environment={"TEACHER_REGISTRATION": value})
    assert len(value) <= 6 or value not in str(failure.value)


def test_an_open_registration_is_warned_of_in_production(start_server, cluster):
    warning = "TEACHER_REGISTRATION is open"
    production = {"DATABASE_URL": cluster.url(), "JWT_SECRET": "0f3b9a6c58e1d24770d1c6b59e83fa2b4c7d9e1f"}
    assert warning in start_server(dev=False, environment=production).stderr()
    assert warning not in start_server().stderr()
