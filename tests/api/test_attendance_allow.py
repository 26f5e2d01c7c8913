"""Attendance contract, section 3.2: the list of allowed addresses, as an operator keeps it with `lectern allow`."""
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from attendance import fresh
from classroom import Room, ok, refused
from client import Stream, wait_until
from launch import binary, run


@pytest.fixture
def allow(place):
    return lambda *words: run(binary(), "allow", *words, "--data", place.server.data)


@pytest.fixture
def imported(allow, tmp_path):
    def put(text):
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return allow("import", path)
    return put


def listed(place, *emails):
    return [place.database.rows(f"select role, name from attendance.allowed_emails where email = '{email}'") for email in emails]


def address(word="ada"):
    return fresh(word) + "@example.org"


def test_an_address_is_let_in_changed_and_taken_off(place, allow):
    email = address("Ada")
    done = allow("add", f" {email} ", "teacher", "Dr. Ada")
    assert (done.returncode, done.stdout.split()) == (0, ["added", email.lower(), "teacher"]), done
    assert ok(place.sign_in(email))["user"]["role"] == "teacher"
    done = allow("add", email.upper(), "admin", "Ada L.")
    assert (done.returncode, done.stdout.split()) == (0, ["updated", email.lower(), "admin"]), done
    assert ok(place.sign_in(email, ...))["user"] | {"id": ""} == {"id": "", "email": email.lower(), "name": "Ada L.", "role": "admin"}
    assert [email.lower(), "admin", "Ada L."] in [line.split(None, 2) for line in allow("list").stdout.splitlines()]
    assert allow("del", email.upper()).returncode == 0
    refused(place.sign_in(email), 403, "Email not authorized")
    gone = allow("del", email)
    assert gone.returncode == 1 and "not on the list" in gone.stderr


def codes(place, token, path="/users/me"):
    return {place.api.get(path, token=token).status for _ in range(16)}  # over both workers


def out(place, token):
    wait_until(lambda: codes(place, token) == {401}, what="every worker to hear of it")


def test_who_is_taken_off_is_out_at_once(place, allow):
    """Role and tokens, in every area, and the streams opened with them; others stay."""
    who, other = place.person(), place.person()
    assert run(binary(), "role", "grant", place.user_id(who), "classroom", "student", "--data", place.server.data).returncode == 0
    room = Room(place.api)
    wait_until(lambda: codes(place, who.token, "/sessions/active") == {200}, what="the role")
    with Stream(place.api, room.id, token=who.token) as stream:
        stream.expect("connected", "session_state")
        assert codes(place, who.token) == codes(place, other.token) == {200}
        assert allow("del", who.email).returncode == 0
        assert stream.until("token_ended").data == {"type": "token_ended", "reason": "revoked"}
        stream.rest()
    out(place, who.token)
    assert codes(place, who.token, "/sessions/active") == {401} and codes(place, other.token) == {200}
    assert place.database.rows(f"select role from account.roles where user_id = {place.user_id(who)}") == []
    assert allow("add", who.email, "teacher").returncode == 0
    again = ok(place.sign_in(who.email))
    assert again["user"]["id"] == who.id and codes(place, again["token"]) == {200}
    assert codes(place, who.token) == {401}


def test_who_signs_in_while_being_taken_off(place, allow):
    """Nobody keeps a role or a token, whichever comes first."""
    for _ in range(3):
        who = place.person()
        with ThreadPoolExecutor(6) as pool:
            answers = [pool.submit(place.sign_in, who.email) for _ in range(4)]
            gone = pool.submit(allow, "del", who.email)
            answers += [pool.submit(place.sign_in, who.email) for _ in range(4)]
        assert gone.result().returncode == 0
        tokens = [answer.result().json()["token"] for answer in answers if answer.result().status == 200]
        for token in tokens:
            out(place, token)
        assert place.database.rows(f"select role from account.roles where user_id = {place.user_id(who)}") == []


def test_what_fails_ends_nothing(place, allow):
    who = place.person()
    assert allow("del", "nobody." + who.email).returncode == 1
    assert codes(place, who.token) == {200}


def test_an_address_without_a_name(place, allow):
    email = address()
    assert allow("add", email, "teacher").returncode == 0
    assert listed(place, email) == [[{"role": "teacher", "name": None}]]


def test_a_file(place, imported):
    one, two, three = address(), address(), address()
    done = imported(f'\ufeff{one},Ada,teacher\r\n"{two}","Lovelace, ""A""",admin\n\n{three.upper()} ,,teacher')
    assert done.returncode == 0, done
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["added", one, "teacher"], ["added", two, "admin"], ["added", three, "teacher"]]
    assert listed(place, one, two, three) == [[{"role": "teacher", "name": "Ada"}], [{"role": "admin", "name": 'Lovelace, "A"'}],
                                              [{"role": "teacher", "name": None}]]
    again = imported(f"role,email,name\nadmin,{one},Ada L.\n")
    assert [line.split() for line in again.stdout.splitlines()] == [["updated", one, "admin"]]
    assert listed(place, one, two) == [[{"role": "admin", "name": "Ada L."}], [{"role": "admin", "name": 'Lovelace, "A"'}]]


@pytest.mark.parametrize("bad, says", [
    ("x,Ada,teacher", "line 2"), ("{},Ada,student", "teacher or admin"), ("{},Ada", "teacher or admin"), ("{},Ada,teacher,more", "line 2"),
    ('"{},Ada,teacher', "line 2"), ("a b@x.org,Ada,teacher", "line 2"), ("@x.org,Ada,teacher", "line 2"), ("x@,Ada,teacher", "line 2"),
    ("{}," + "n" * 201 + ",teacher", "too long"), (b"z@x.org,\xff,teacher", "ALLOW_PUT"),
], ids=str)
def test_a_file_is_taken_whole_or_not_at_all(place, imported, bad, says):
    good = address()
    bad = bad if isinstance(bad, bytes) else bad.replace("{}", address()).encode()
    done = imported(f"{good},Ada,teacher\n".encode() + bad + f"\n{address()},Ada,teacher\n".encode())
    assert done.returncode == 1 and says in done.stderr and not done.stdout, done
    assert listed(place, good) == [[]]


def test_an_empty_file_changes_nothing(place, imported):
    before = place.database.one("select count(*) from attendance.allowed_emails")
    for text in ("", "\n\n", "email,name,role\n"):
        done = imported(text)
        assert (done.returncode, done.stdout) == (0, "")
    assert place.database.one("select count(*) from attendance.allowed_emails") == before


@pytest.mark.parametrize("words, code, says", [
    (["add", "x", "teacher", "N"], 1, "not an e-mail"), (["add", "a@x.org", "student", "N"], 1, "teacher or admin"), (["add", "a@x.org"], 2, "say add"),
    (["import", "/nowhere/at/all.csv"], 1, "No such file"), (["import", "/tmp"], 1, "cannot be read"), ([], 2, "say add"), (["list", "x"], 2, "say add"),
], ids=str)
def test_mistakes(allow, words, code, says):
    done = allow(*words)
    assert done.returncode == code and says in done.stderr and not done.stdout, done


def test_without_a_running_database(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    done = run(binary(), "allow", "list", "--data", tmp_path, env=environment, cwd=tmp_path)
    assert done.returncode == 1 and "DATABASE_URL" in done.stderr, done
