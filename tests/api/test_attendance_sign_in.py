"""Attendance contract, sections 2.1, 3 and 4: sign-in with Google, every check of its token, who is calling, users/me."""
import base64
import hashlib
import json
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest

import coaching
import practice
from attendance import Course, fresh, is_instant, is_uuid
from classroom import SECRET, claims, loc_of, login, ok, person, refused, sign
from client import wait_until
from google import BROKEN


# --- a good token


def test_an_allowed_person_gets_a_token(place):
    email = place.allow(fresh("ada") + "@example.org")
    body = ok(place.sign_in(email, "Dr. Ada"))
    assert set(body) == {"token", "user"} and set(body["user"]) == {"id", "email", "name", "role"}
    assert (body["user"]["email"], body["user"]["name"], body["user"]["role"]) == (email, "Dr. Ada", "teacher")
    assert is_uuid(body["user"]["id"])
    head, said = claims(body["token"])
    assert head["alg"] == "HS256"
    assert (said["sub"], said["email"], said["role"]) == (body["user"]["id"], email, "teacher")
    assert type(said["exp"]) is type(said["iat"]) is int and said["exp"] - said["iat"] == 3600
    assert ok(place.api.get("/users/me", token=body["token"]))["id"] == body["user"]["id"]


def test_the_second_sign_in_finds_the_same_person(place):
    who = place.person("teacher")
    again = ok(place.sign_in(who.email, "Another Name"))["user"]
    assert again == {"id": who.id, "email": who.email, "name": "Another Name", "role": "teacher"}
    rows = place.database.rows(f"select name from attendance.users where email = '{who.email}'")
    assert rows == [{"name": "Another Name"}]


def test_the_last_sign_in_is_told(place):
    who = place.person()
    first = ok(place.api.get("/users/me", token=who.token))
    ok(place.sign_in(who.email))
    second = ok(place.api.get("/users/me", token=who.token))
    last = datetime.fromisoformat(second["last_login_at"])
    assert last > datetime.fromisoformat(first["last_login_at"]) and second["created_at"] == first["created_at"]
    assert abs((datetime.now(timezone.utc) - last).total_seconds()) < 600


@pytest.mark.parametrize("changes", [
    {"iss": "accounts.google.com"}, {"email_verified": "true"}, {"azp": ...}, {"nonce": "x"}, {"hd": "example.org"},
    {"at_hash": "x"}, {"exp": 4e9}, {"exp": 1e300}, {"iat": 0}, {"iat": 1.5}, {"more": {"deep": [1, 2]}},
], ids=str)
def test_what_a_good_token_may_say(place, changes):
    ok(place.sign_in(place.allow(fresh("good") + "@example.org"), **changes))


def test_clocks_may_differ_by_seconds(place):
    ok(place.sign_in(place.allow(fresh("early") + "@example.org"), iat=int(time.time()) + 5))


@pytest.mark.parametrize("header", [{"typ": ...}, {"jku": "http://127.0.0.1:1/"}, {"x5c": ["AA=="]}, {"more": 1}], ids=str)
def test_what_a_good_header_may_say(place, header):
    ok(place.sign_in(place.allow(fresh("header") + "@example.org"), header=header))


def test_every_published_key_counts(place):
    for key in place.google.keys:
        ok(place.sign_in(place.allow(fresh("key") + "@example.org"), key=key))


def test_snake_case_is_taken_too(place):
    token = place.google.token(place.allow(fresh("snake") + "@example.org"))
    ok(place.api.post("/auth/google", json={"id_token": token, "more": "is ignored"}))
    ok(place.api.post("/m/attendance/auth/google", json={"idToken": token}))


# --- a bad one


@pytest.mark.parametrize("kind", sorted(BROKEN))
def test_a_broken_token(place, kind):
    """401, whether the address is allowed or not, and nothing is made."""
    email = place.allow(fresh("broken") + "@example.org")
    for who in (email, fresh("unlisted") + "@example.org"):
        answer = place.api.post("/auth/google", json={"idToken": place.google.broken(kind, who)})
        assert answer.status == 401 and answer.detail.startswith("Invalid Google token"), answer
        assert answer.header("www-authenticate") == "Bearer"
    assert place.database.rows(f"select 1 from attendance.users where email = '{email}'") == []


def test_all_broken_kinds_reach_the_verifier_for_their_own_reason(place):
    """Not all for one: each check refuses something."""
    said = {place.api.post("/auth/google", json={"idToken": place.google.broken(kind)}).detail for kind in BROKEN}
    assert len(said) == 10, said


@pytest.mark.parametrize("body", [{}, {"idToken": None}, {"idToken": 5}, {"idToken": ["x"]}, {"idToken": {}}, {"IDTOKEN": "x"}], ids=str)
def test_a_body_of_another_form(place, body):
    assert loc_of(place.api.post("/auth/google", json=body)) == [["body", "idToken"]]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b'{"idToken": "\\ud800"}'])
def test_a_body_that_is_no_object(place, body):
    answer = place.api.post("/auth/google", body=body, content_type="application/json")
    assert loc_of(answer)[0][0] == "body"
    assert all(set(item) == {"loc", "msg", "type", "input"} for item in answer.detail)


def test_a_body_of_another_type(place):
    token = json.dumps({"idToken": place.google.token()}).encode()
    assert place.api.post("/auth/google", body=token, content_type="text/plain").status == 422


# --- the list


def test_who_is_not_on_the_list(place):
    email = fresh("stranger") + "@example.org"
    refused(place.sign_in(email), 403, "Email not authorized")
    assert place.database.rows(f"select 1 from attendance.users where email = '{email}'") == []


def test_addresses_are_compared_trimmed_and_in_lower_case(place):
    email = fresh("Mixed") + "@Example.ORG"
    place.allow(f" {email.upper()} \t")
    assert ok(place.sign_in(f"  {email} "))["user"]["email"] == email.lower()
    assert place.database.one(f"select email from attendance.allowed_emails where email = '{email.lower()}'")


def test_the_role_is_the_lists_at_every_sign_in(place):
    who = place.person("teacher")
    for role in ("admin", "teacher"):
        place.database.text(f"update attendance.allowed_emails set role = '{role}' where email = '{who.email}'")
        again = ok(place.sign_in(who.email))
        assert (again["user"]["id"], again["user"]["role"]) == (who.id, role)
        for token in (who.token, again["token"]):  # the row decides, not the token
            wait_until(lambda: place.api.get("/audit", token=token).status == (200 if role == "admin" else 403), what="the role")
            assert ok(place.api.get("/users/me", token=token))["role"] == role


def test_who_is_taken_off_the_list_lives_out_the_hour(place):
    who = place.person("teacher")
    place.database.text(f"delete from attendance.allowed_emails where email = '{who.email}'")
    refused(place.sign_in(who.email), 403, "Email not authorized")
    assert ok(place.api.get("/users/me", token=who.token))["id"] == who.id


@pytest.mark.parametrize("name, listed, shown", [
    ("Ada", "Listed", "Ada"), ("", "Listed", "Listed"), ("  ", "Listed", "Listed"), (..., "Listed", "Listed"),
    (..., None, "*"), (5, " ", "*"), ("Ada 'Ü' \U0001f600 --", None, "Ada 'Ü' \U0001f600 --"), ("n" * 2000, None, "n" * 800),
], ids=str)
def test_the_name(place, name, listed, shown):
    email = place.allow(fresh("name") + "@example.org", name=listed)
    user = ok(place.sign_in(email, name))["user"]
    assert user["name"] == (email.split("@")[0] if shown == "*" else shown)


def test_many_first_sign_ins_at_once_make_one_person(place):
    email = place.allow(fresh("race") + "@example.org")
    token = place.google.token(email)
    before = place.database.one("select count(*) from account.users")["count"]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: place.api.post("/auth/google", json={"idToken": token}), range(32)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json()["user"]["id"] for answer in answers}) == 1
    assert place.database.one("select count(*) from account.users")["count"] == before + 1
    assert len(place.database.rows(f"select 1 from attendance.users where email = '{email}'")) == 1


def test_refused_sign_ins_may_be_limited(own_place):
    """By address; not unless it is asked for, as BROKEN shows. Who has a password is another matter."""
    place = own_place("--google-failures", 3)
    email = place.allow("ada@example.org")
    for _ in range(5):
        ok(place.sign_in(email))
    for kind in ("forged", "expired"):
        assert place.api.post("/auth/google", json={"idToken": place.google.broken(kind)}).status == 401
    refused(place.sign_in("stranger@example.org"), 403, "Email not authorized")
    for token in (place.google.broken("forged"), place.google.token(email)):
        answer = place.api.post("/auth/google", json={"idToken": token})
        assert answer.status == 429 and answer.header("retry-after"), answer
    ok(login(place.api, person(place.api).phone))


# --- without Google


def test_without_a_client_id_nobody_signs_in(server, api):
    answer = api.post("/auth/google", json={"idToken": "a.b.c"})
    assert answer.status == 503 and "not configured" in answer.detail


@pytest.mark.parametrize("url", ["http://example.org/certs", "http://10.0.0.1/certs", "http://127.0.0.1@example.org/", "ftp://127.0.0.1/",
                                 "http://127.evil.example/", "http://localhost.evil.example/", "file:///etc/passwd"])
def test_keys_come_from_a_place_one_can_trust(start_server, url):
    with pytest.raises(AssertionError, match="GOOGLE_JWKS_URL"):
        start_server("--google-jwks-url", url)


# --- tokens of ours


def test_calls_without_a_token(place):
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}, {"Authorization": "Bearerx y"},
                    {"Authorization": "Token " + "x" * 20}):
        answer = place.api.get("/classes", headers=headers, query={"user_id": "1", "token": "x"})
        assert answer.status == 401 and answer.header("www-authenticate") == "Bearer", answer


@pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_in_any_letter_case(place, word):
    who = place.person()
    ok(place.api.get("/users/me", headers={"Authorization": f"{word} {who.token}"}))


def test_tokens_that_are_none(place):
    who = place.person()
    head, body, signature = who.token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for token in ("x", "a.b.c", f"{none}.{body}.", f"{none}.{body}.{signature}", f"{head}.{body}.", f"{head}.{body}",
                  f"{head}.{body}.{signature[:-2]}AA", place.google.token(who.email), "x" * 8000):
        answer = place.api.get("/users/me", token=token)
        assert answer.status == 401 and answer.header("www-authenticate") == "Bearer", (token, answer)
        assert "token" in answer.detail


def test_tokens_that_must_not_pass(own_place):
    """Of the right secret and of others: who has one of these is not let in, and may sign in again."""
    place = own_place(environment={"JWT_SECRET": SECRET})
    who = place.person()
    head, body = claims(who.token)
    ok(place.api.get("/users/me", token=sign(head, body)))  # the forger's own check
    without = lambda *names: {key: value for key, value in body.items() if key not in names}
    bad = {"expired": sign(head, {**body, "exp": int(time.time()) - 1}), "no exp": sign(head, without("exp")), "exp a text": sign(head, {**body, "exp": "x"}),
           "another secret": sign(head, body, SECRET + "x"), "HS512": sign({**head, "alg": "HS512"}, body, SECRET, hashlib.sha512),
           "RS256": sign({**head, "alg": "RS256"}, body), "none": sign({**head, "alg": "none"}, body), "no person": sign(head, without("sub", "user_id")),
           "another's product": sign(head, {**body, "iss": "another"}), "of no product": sign(head, without("iss", "aud")),
           "a person of no number": sign(head, {**body, "user_id": "x", "sub": "x"})}
    for name, token in bad.items():
        answer = place.api.get("/users/me", token=token)
        assert answer.status == 401 and answer.header("www-authenticate") == "Bearer" and answer.detail, (name, answer)


def test_a_token_names_one_person_and_no_other(own_place):
    """`user_id` says who it is, in every area; `sub` must be a name of that person."""
    place = own_place(environment={"JWT_SECRET": SECRET})
    who, other = place.person(), place.person("admin")
    head, body = claims(who.token)
    name = fresh("learner")
    made = place.api.post("/m/courses/auth/signup", json={"username": name, "email": f"{name}@example.org", "password": "pass123"})
    learner = ok(place.api.post("/m/courses/auth/login", json={"username": name, "password": "pass123"}))["access_token"]
    assert made.status == 201
    pupil = person(place.api)
    for path, good in (("/users/me", body), ("/classes", body), ("/m/courses/auth/users/me", claims(learner)[1]),
                       ("/sessions/active", claims(ok(login(place.api, pupil.phone))["access_token"])[1])):
        ok(place.api.get(path, token=sign(head, good)))
        for sub in (str(uuid.uuid4()), other.id, "", "x", other.email, str(2**31 - 1), name + "x", who.id.upper(), pupil.name):
            answer = place.api.get(path, token=sign(head, {**good, "sub": sub}))
            assert answer.status == 401 and answer.header("www-authenticate") == "Bearer" and answer.detail, (path, sub, answer)
        for nobody in ({"sub": None}, {"sub": 5}, {"user_id": place.user_id(other)}, {"user_id": place.user_id(other), "sub": who.id}):
            assert place.api.get(path, token=sign(head, {**good, **nobody})).status == 401, (path, nobody)


def test_a_huge_header_is_no_failure(place):
    assert place.api.get("/users/me", token="x" * 60000).status in (401, 431)


def test_the_life_of_a_token_is_configured(own_place):
    place = own_place("--jwt-expiration-hours", 5)
    place.allow("ada@example.org")
    said = claims(ok(place.sign_in("ada@example.org"))["token"])[1]
    assert said["exp"] - said["iat"] == 5 * 3600


def test_a_person_who_was_deleted(place):
    who = place.person()
    place.database.text(f"delete from attendance.users where id = '{who.id}'")
    wait_until(lambda: place.api.get("/users/me", token=who.token).status == 401, what="the deletion")
    refused(place.api.get("/classes", token=who.token), 401, "User not found")
    again = ok(place.sign_in(who.email))["user"]
    assert again["id"] != who.id and again["email"] == who.email


@pytest.mark.parametrize("account, path", [(coaching.account, "/v1/users/me"), (practice.account, "/api/auth/me")])
def test_a_person_with_an_account_elsewhere_stays(place, account, path):
    """Accounts of an area's own have no role there."""
    who = place.person()
    mine = account(place.api, token=who.token)
    before = ok(place.api.get(path, token=mine.token))
    place.database.text(f"delete from attendance.users where id = '{who.id}'")
    wait_until(lambda: place.api.get("/users/me", token=who.token).status == 401, what="the deletion")
    assert ok(place.api.get(path, token=mine.token)) == before


def test_a_person_who_is_deleted_while_they_sign_in(place):
    """They are made anew, as if they had come a moment later."""
    who = place.person()
    with ThreadPoolExecutor(1) as pool:
        with place.database.held(f"delete from attendance.users where id = '{who.id}'"):
            coming = pool.submit(place.sign_in, who.email)
            wait_until(place.database.somebody_waits, what="a sign-in that waits")
        again = ok(coming.result())["user"]
    assert again["id"] != who.id and again["email"] == who.email
    assert ok(place.api.get("/users/me", token=ok(place.sign_in(who.email))["token"]))["id"] == again["id"]


def test_a_person_who_is_deleted_while_they_open_a_session(place):
    """The statement found them and its row cannot be kept: ask again, and be told why."""
    course, admin = Course(place, place.person()), place.person("admin")
    with ThreadPoolExecutor(1) as pool:
        with place.database.held(f"delete from attendance.users where id = '{admin.id}'"):
            asking = pool.submit(course.session, who=admin)
            wait_until(place.database.somebody_waits, what="a session that waits")
        assert asking.result().status == 503 and asking.result().header("retry-after"), asking.result()
    wait_until(lambda: course.session(who=admin).status == 401, what="the deletion")
    assert ok(course.sessions()) == []


def test_a_person_of_the_classroom_is_nobody_here(place):
    teacher = person(place.api, "teacher")
    for path in ("/classes", "/users/me", "/audit"):
        refused(place.api.get(path, token=teacher.token), 403, "Teacher or admin access required")


def test_a_person_of_attendance_is_nobody_in_the_classroom(place):
    who = place.person()
    refused(place.api.get("/sessions/active", token=who.token), 403, "You have no role here")
    refused(place.api.post("/sessions", token=who.token, json={"title": "x"}), 403, "You have no role here")


def test_a_role_given_by_the_operator(place, start_server):
    from launch import binary, run
    teacher = person(place.api, "teacher", "Grete")
    done = run(binary(), "role", "grant", teacher.id, "attendance", "admin", "--data", place.server.data)
    assert done.returncode == 0, done
    wait_until(lambda: place.api.get("/users/me", token=teacher.token).status == 200, what="the role")
    me = ok(place.api.get("/users/me", token=teacher.token))
    assert (me["name"], me["role"], me["email"]) == ("Grete", "admin", "")
    ok(place.api.get("/audit", token=teacher.token))
    assert run(binary(), "role", "revoke", teacher.id, "attendance", "--data", place.server.data).returncode == 0
    wait_until(lambda: place.api.get("/users/me", token=teacher.token).status == 403, what="the role's end")
    ok(place.api.get("/sessions/active", token=teacher.token))


# --- users/me


def test_users_me(place):
    who = place.person("admin", name="Dr. Ada")
    me = ok(place.api.get("/users/me", token=who.token))
    assert set(me) == {"id", "email", "name", "role", "department", "employee_id", "last_login_at", "created_at"}
    assert (me["id"], me["email"], me["name"], me["role"]) == (who.id, who.email, "Dr. Ada", "admin")
    assert me["department"] is None and me["employee_id"] is None
    assert is_instant(me["last_login_at"]) and is_instant(me["created_at"])


def test_no_token_is_ever_logged(own_place):
    place = own_place("--log-level", "debug")
    email = place.allow("ada@example.org")
    google = place.google.token(email)
    ours = ok(place.api.post("/auth/google", json={"idToken": google}))["token"]
    ok(place.api.get("/classes", token=ours))
    place.api.post("/auth/google", json={"idToken": place.google.broken("forged", email)})
    said = place.server.stderr()
    assert "request" in said
    for secret in (google, google.split(".")[1], ours, ours.split(".")[1], email):
        assert secret not in said


# --- the schema


def migrate(cluster, *words):
    from launch import binary, run
    done = run(binary(), "migrate", *words, "--database-url", cluster.url())
    assert done.returncode == 0, done.stderr
    return done.stdout


def attendance_things(cluster):
    return {row["name"] for row in cluster.database.rows(
        "select relname as name from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'attendance' union "
        "select typname from pg_type t join pg_namespace n on n.oid = typnamespace where nspname = 'attendance' union "
        "select proname from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = 'attendance' union "
        "select nspname from pg_namespace where nspname = 'attendance'")}


def test_the_schema_comes_and_goes_with_people_in_it(cluster):
    number = re.search(r"^(\d+)  attendance ", migrate(cluster, "up"), re.M)[1]
    made = attendance_things(cluster)
    assert made >= {"allowed_emails", "users", "students", "classes", "class_schedules", "class_reschedules", "class_students",
                    "attendance_sessions", "attendance_statuses", "v_student_attendance_summary", "userrole", "attendancestatus", "audit"}
    extensions = {row["extname"] for row in cluster.database.rows("select extname from pg_extension")}
    assert {"uuid-ossp", "pgcrypto"} <= extensions
    cluster.database.text("""
        insert into account.users (user_id, name) values (7, 'Only here'), (8, 'Also a teacher there');
        update account.users set role = 'teacher', password_hash = 'x' where user_id = 8;
        insert into account.roles values (7, 'attendance', 'teacher'), (8, 'attendance', 'admin');
        insert into attendance.classes (code, name, section, teacher_id) select 'a', 'b', 'c', id from attendance.users where user_id = 7""")
    migrate(cluster, "down", int(number) - 1)
    assert attendance_things(cluster) == set()
    assert cluster.database.rows("select user_id from account.users") == [{"user_id": 8}]
    assert cluster.database.rows("select 1 from account.roles") == []
    migrate(cluster, "up")
    assert attendance_things(cluster) == made
    before = migrate(cluster, "status")
    assert migrate(cluster, "up") == before  # a second time changes nothing


COLUMNS = {
    "allowed_emails": "id email name role created_at",
    "students": "id roll_no name photo_url program sp_code semester status duration email dtu_email phone created_at",
    "users": "id email name department employee_id last_login_at created_at user_id",  # user_id in the place of role
    "classes": "id code name section ltp_pattern teacher_type practical_group teacher_id created_at updated_at",
    "class_schedules": "id class_id day_of_week start_time end_time",
    "class_reschedules": "id class_id original_date original_start_time original_end_time rescheduled_date rescheduled_start_time rescheduled_end_time "
                         "reason created_at",
    "class_students": "class_id student_id added_at",
    "attendance_sessions": "id class_id teacher_id session_date processed_image_url created_at",
    "attendance_statuses": "session_id student_id status recognized_by_ai similarity_score",
}


def test_the_documented_columns(cluster):
    migrate(cluster, "up")
    for table, columns in COLUMNS.items():
        found = cluster.database.rows(f"select column_name from information_schema.columns where table_schema = 'attendance' and table_name = '{table}'")
        assert {row["column_name"] for row in found} == set(columns.split()), table
    view = cluster.database.rows("select column_name from information_schema.columns where table_name = 'v_student_attendance_summary'")
    assert {row["column_name"] for row in view} >= {"class_id", "student_id", "roll_no", "student_name", "present_count", "total_count", "percentage"}
    exact = cluster.database.one("select numeric_precision as digits, numeric_scale as decimals from information_schema.columns "
                                 "where column_name = 'similarity_score'")
    assert exact == {"digits": 5, "decimals": 2}


def test_a_student_who_is_enrolled_stays(place):
    """Classes take nobody along, and nobody takes a student out of a class."""
    course = Course(place, place.person())
    [roll] = course.enrol(1)
    with pytest.raises(AssertionError, match="foreign key"):
        place.database.text(f"delete from attendance.students where roll_no = '{roll}'")


def test_the_documented_rules_of_the_schema(cluster):
    migrate(cluster, "up")
    do = cluster.database.text
    do("insert into account.users (user_id, name) values (7, 'Ada'); insert into account.roles values (7, 'attendance', 'teacher')")
    owner = cluster.database.one("select id, email from attendance.users")
    assert owner["email"] is None
    do(f"insert into attendance.classes (id, code, name, section, teacher_id) values ('{owner['id']}', 'a', 'b', 'c', '{owner['id']}')")
    for bad, why in (
            (f"insert into attendance.classes (code, name, section, teacher_id) values ('a', 'x', 'c', '{owner['id']}')", "unique"),
            (f"insert into attendance.class_schedules (class_id, day_of_week, start_time, end_time) values ('{owner['id']}', 8, '09:00', '10:00')", "check"),
            (f"insert into attendance.class_schedules (class_id, day_of_week, start_time, end_time) select '{owner['id']}', 1, '09:00', '10:00' "
             "from generate_series(1, 2)", "unique"),
            (f"insert into attendance.attendance_sessions (class_id, teacher_id, session_date) select '{owner['id']}', '{owner['id']}', '2025-01-01' "
             "from generate_series(1, 2)", "unique"),
            ("insert into attendance.students (roll_no, name) values ('1', 'a'), ('1', 'b')", "unique"),
            ("insert into attendance.allowed_emails (email, role) values ('a@x', 'teacher'), (' A@X', 'admin')", "unique"),
            ("insert into attendance.allowed_emails (email, role) values ('a@x', 'student')", "userrole"),
            ("delete from account.users where user_id = 7", "foreign key"), ("delete from attendance.users", "foreign key")):
        with pytest.raises(AssertionError, match=why):
            do(bad)
    do("delete from attendance.classes; delete from attendance.users")
    assert cluster.database.rows("select 1 from account.users") == []
