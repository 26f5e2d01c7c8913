"""Who is calling practice: tokens, the three credentials, expiry, refresh, signing out (practice contract, section 3)."""
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import person
from client import wait_until
from practice import account, at_once, login, new_email, register, sign_in

ME = "/api/auth/me"


def me(api, **headers):
    return api.get(ME, headers={key.replace("_", "-"): value for key, value in headers.items()})


def age(server, who, column, interval):
    """Makes the account's sessions older."""
    server.database().text(f"update practice.sessions set {column} = {column} - interval '{interval}' "
                           f"where role = '{who.role}' and account_id = {who.id}")


def expires_in(server, who):
    return server.database().one("select extract(epoch from max(expires_at) - now() at time zone 'utc')::float as seconds "
                                 f"from practice.sessions where role = '{who.role}' and account_id = {who.id}")["seconds"]


@pytest.mark.parametrize("role", ["student", "teacher"])
def test_each_form_of_credentials_says_who_it_is(api, role):
    who = account(api, role)
    for headers in ({"Authorization": f"Bearer {who.token}"}, {"Authorization": f"bearer  {who.token}"}, {"X_Session_ID": who.token},
                    {"X_Session_ID": who.composed}, {"X_Session_ID": f"{role}|{who.id}|{who.email.upper()}"},
                    {"Authorization": "", "X_Session_ID": who.token}, {"Authorization": "Basic YTpi", "X_Session_ID": who.token}):
        answer = me(api, **headers)
        assert answer.status == 200, (headers, answer)
        assert (answer.json()["id"], answer.json()["role"], answer.json()["email"]) == (who.id, role, who.email)


def test_a_bearer_token_alone_decides(api):
    who, other = account(api), account(api)
    assert me(api, Authorization=f"Bearer {who.token}", X_Session_ID=other.token).json()["id"] == who.id
    for bad in ("nonsense", who.refresh, who.token[:-1], who.token + "0", person(api, "student").token):
        answer = me(api, Authorization=f"Bearer {bad}", X_Session_ID=who.token)
        assert answer.status == 401 and answer.detail.startswith("Invalid session")


def test_no_credentials_are_no_credentials(api):
    for headers in ({}, {"Authorization": ""}, {"X_Session_ID": ""}, {"Authorization": "Basic YTpi"}, {"Authorization": "", "X_Session_ID": ""}):
        answer = me(api, **headers)
        assert (answer.status, answer.detail) == (401, "Not authenticated"), headers
    assert api.get(ME + "?user_id=1").status == 401


def test_a_composed_header_counts_for_its_account_only(api):
    student, teacher = account(api), account(api, "teacher")
    other = account(api)
    for value in (f"teacher|{student.id}|{student.email}", f"student|{teacher.id}|{teacher.email}", f"student|{student.id}|{other.email}",
                  f"student|{other.id}|{student.email}", f"admin|{student.id}|{student.email}", f"Student|{student.id}|{student.email}",
                  f"student|{student.id}", f"student|{student.id}|", "||", "|", f"student|0|{student.email}", f"student|-1|{student.email}",
                  f"student|{2 ** 31}|{student.email}", f"student|{2 ** 32 + student.id}|{student.email}", f"student|x|{student.email}",
                  f"student|{student.id}|{student.email}|more", f"student|{student.id}.0|{student.email}", f"student||{student.email}",
                  "student|" + "9" * 400 + f"|{student.email}", "nonsense", student.refresh):
        answer = me(api, X_Session_ID=value)
        assert answer.status == 401 and answer.detail.startswith("Invalid session"), value


def test_bytes_that_are_no_text_name_nobody(api):
    who = account(api)
    raw = (f"GET {ME} HTTP/1.1\r\nHost: x\r\nX-Session-ID: student|{who.id}|").encode() + b"\xff\xfe@example.org\r\nConnection: close\r\n\r\n"
    with api.connect() as connection:
        connection.socket.sendall(raw)
        assert b" 401 " in connection.socket.recv(100)


def test_a_composed_header_needs_a_real_login(api, server):
    made = register(api).json()
    composed = f"student|{made['id']}|{made['email']}"
    assert me(api, X_Session_ID=composed).status == 401
    who = sign_in(api, made["email"])
    assert me(api, X_Session_ID=composed).status == 200
    assert api.post("/api/auth/logout", token=who.token).json() == {"message": "Signed out"}
    assert me(api, X_Session_ID=composed).status == 401
    sign_in(api, made["email"])
    assert me(api, X_Session_ID=composed).status == 200
    age(server, who, "expires_at", "25 hours")
    assert me(api, X_Session_ID=composed).status == 401


def test_the_composed_header_can_be_turned_off(start_server):
    api = start_server(environment={"LEGACY_SESSION_HEADER": "off"}).api
    who = account(api)
    assert me(api, X_Session_ID=who.composed).status == 401
    assert me(api, X_Session_ID=who.token).status == me(api, Authorization=f"Bearer {who.token}").status == 200


def test_sessions_of_an_account_live_side_by_side(api):
    first = account(api)
    second = sign_in(api, first.email)
    assert [me(api, X_Session_ID=one.token).status for one in (first, second)] == [200, 200]
    assert api.post("/api/auth/logout", token=first.token).status == 200
    assert [me(api, X_Session_ID=one.token).status for one in (first, second)] == [401, 200]
    third = sign_in(api, first.email)
    assert api.post("/api/auth/logout?everywhere=true", token=second.token).status == 200
    assert [me(api, X_Session_ID=one.token).status for one in (second, third)] == [401, 401]
    assert api.post("/api/auth/refresh", json={"refresh_token": third.refresh}).status == 401


def test_only_digests_of_tokens_are_stored(api, server):
    who = account(api)
    row = server.database().one("select encode(token_hash, 'hex') as token, encode(refresh_hash, 'hex') as refresh, s.* from practice.sessions s "
                                f"where role = 'student' and account_id = {who.id}")
    assert (row["token"], row["refresh"]) == tuple(hashlib.sha256(token.encode()).hexdigest() for token in (who.token, who.refresh))
    assert who.token not in str(row) and who.refresh not in str(row) and who.token not in server.stderr()


def test_a_session_ends_a_day_after_its_last_use(api, server):
    who = account(api)
    assert 86390 < expires_in(server, who) <= 86400
    age(server, who, "expires_at", "23 hours")
    assert me(api, X_Session_ID=who.token).status == 200
    assert 86390 < expires_in(server, who) <= 86400, "its use has renewed it"
    age(server, who, "expires_at", "30 seconds")
    assert me(api, X_Session_ID=who.token).status == 200
    assert expires_in(server, who) < 86371, "within a minute it is not renewed"
    age(server, who, "expires_at", "24 hours")
    for headers in ({"Authorization": f"Bearer {who.token}"}, {"X_Session_ID": who.token}, {"X_Session_ID": who.composed}):
        assert me(api, **headers).status == 401


def test_a_composed_header_renews_the_session_too(api, server):
    who = account(api)
    age(server, who, "expires_at", "23 hours")
    assert me(api, X_Session_ID=who.composed).status == 200
    assert expires_in(server, who) > 86390


def test_a_session_ends_thirty_days_after_its_sign_in(api, server):
    who = account(api)
    age(server, who, "created_at", "29 days 23 hours")
    age(server, who, "expires_at", "2 hours")
    before = expires_in(server, who)
    assert me(api, X_Session_ID=who.token).status == 200
    assert expires_in(server, who) == pytest.approx(before, abs=60), "an hour is left, and no use makes it more"
    renewed = api.post("/api/auth/refresh", json={"refresh_token": who.refresh})
    assert renewed.status == 200 and 3400 < renewed.json()["expires_in"] <= 3600


def test_how_long_a_session_lives_is_configured(start_server):
    api = start_server(environment={"SESSION_TIMEOUT_MINUTES": "0.02"}).api
    who = account(api)
    assert login(api, who.email).json()["expires_in"] == 1
    wait_until(lambda: me(api, X_Session_ID=who.token).status == 401, what="the session has ended")
    again = sign_in(api, who.email)
    wait_until(lambda: me(api, X_Session_ID=again.composed).status == 401, what="the composed header has ended")


@pytest.mark.parametrize("minutes", ["0", "-1", "x", "1e3", "43201", "nan"])
def test_nonsense_for_how_long_is_refused(start_server, minutes):
    with pytest.raises(AssertionError, match="SESSION_TIMEOUT_MINUTES"):
        start_server(environment={"SESSION_TIMEOUT_MINUTES": minutes})


# ---- refresh ----

def test_a_refresh_token_counts_once_and_gives_new_ones(api):
    who = account(api)
    answer = api.post("/api/auth/refresh", json={"refresh_token": who.refresh})
    told = answer.json()
    assert answer.status == 200 and set(told) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (told["token_type"], told["expires_in"]) == ("bearer", 86400)
    assert len({who.token, who.refresh, told["access_token"], told["refresh_token"]}) == 4
    assert me(api, X_Session_ID=told["access_token"]).json()["id"] == who.id
    assert me(api, X_Session_ID=told["refresh_token"]).status == me(api, X_Session_ID=who.token).status == 401
    again = api.post("/api/auth/refresh", json={"refresh_token": who.refresh})
    assert again.status == 401 and again.detail.startswith("Invalid session")
    assert api.post("/api/auth/refresh", json={"refresh_token": told["refresh_token"]}).status == 200


def test_what_is_no_refresh_token_is_refused(api):
    who = account(api)
    for token in ("nonsense", "", who.token):
        assert api.post("/api/auth/refresh", json={"refresh_token": token}).status == 401
    for body in ({}, {"refresh_token": None}, {"refresh_token": 5}):
        assert api.post("/api/auth/refresh", json=body).status == 422


def test_a_refresh_token_outlives_its_session_and_ends_after_a_week(api, server):
    who = account(api)
    age(server, who, "expires_at", "25 hours")
    renewed = api.post("/api/auth/refresh", json={"refresh_token": who.refresh}).json()
    assert me(api, X_Session_ID=renewed["access_token"]).status == 200
    age(server, who, "refresh_expires_at", "7 days")
    assert api.post("/api/auth/refresh", json={"refresh_token": renewed["refresh_token"]}).status == 401


def test_of_simultaneous_refreshes_one_counts(api):
    who = account(api)
    answers = at_once([lambda: api.post("/api/auth/refresh", json={"refresh_token": who.refresh}) for _ in range(6)])
    assert sorted(answer.status for answer in answers) == [200] + [401] * 5


# ---- the rest ----

def test_sessions_survive_a_restart(start_server):
    server = start_server()
    student, teacher = account(server.api), account(server.api, "teacher")
    server.kill()
    server.start()
    for who in (student, teacher):
        assert me(server.api, X_Session_ID=who.token).json()["role"] == who.role
        assert me(server.api, X_Session_ID=who.composed).status == 200
    assert server.api.post("/api/auth/refresh", json={"refresh_token": student.refresh}).status == 200


def test_sessions_that_have_long_ended_are_removed(api, server):
    old = account(api)
    for column in ("expires_at", "refresh_expires_at"):
        age(server, old, column, "8 days")
    account(api)
    count = server.database().one(f"select count(*) as n from practice.sessions where role = 'student' and account_id = {old.id}")
    assert count["n"] == 0


def test_a_sign_in_with_the_old_password_makes_no_session_behind_the_new_one(api, server):
    who = account(api)
    with ThreadPoolExecutor(1) as pool:
        with server.database().held(f"update practice.students set password_changed_at = now() where id = {who.id}"):
            late = pool.submit(login, api, who.email)
            wait_until(server.database().somebody_waits, what="the sign-in waits")
        answer = late.result()
    assert (answer.status, answer.detail) == (401, "Invalid email or password")


def test_an_account_that_goes_takes_its_sessions_along(api, server):
    who = account(api)
    server.database().text(f"delete from practice.students where id = {who.id}")
    assert me(api, X_Session_ID=who.token).status == 401
    assert server.database().one(f"select count(*) as n from practice.sessions where role = 'student' and account_id = {who.id}")["n"] == 0


def test_the_same_number_is_two_people(api):
    student, teacher = account(api), account(api, "teacher")
    while student.id != teacher.id:
        if student.id < teacher.id:
            student = account(api)
        else:
            teacher = account(api, "teacher")
    assert me(api, X_Session_ID=student.token).json()["role"] == "student"
    assert me(api, X_Session_ID=teacher.token).json()["role"] == "teacher"
    assert new_email() not in (student.email, teacher.email)
