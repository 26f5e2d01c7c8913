"""What is closed outside --dev unless the operator opens it: who may sign up as what, who may be believed without a token, and which keys will do."""
import re
import secrets

import pytest

import courses
from classroom import loc_of, new_phone, ok, refused
from launch import REPOSITORY, Cluster, Server, binary, outside_server, run

CODE = "the staff room, 3rd floor"
CLOSED = "Nobody can sign up as teacher here"
WANTED = "Whoever signs up as teacher needs the sign-up code"
URL = "postgresql://nobody@127.0.0.1:1/x"
KEY = "0123456789abcdef0123456789abcdef"


def sign_up(api, role="teacher", where="", **more):
    body = {"name": "Ada", "phone_number": new_phone(), "password": "pass123", "role": role, **more}
    return api.post(f"{where}/auth/register", json=body)


@pytest.fixture(scope="module")
def production():
    """A server outside --dev with nothing said but what it asks for."""
    own = Cluster()
    server = Server(dev=False, environment={"DATABASE_URL": own.url(), "JWT_SECRET": secrets.token_hex(32)})
    try:
        yield server.start()
        server.stop()
    finally:
        server.remove()
        own.remove()


@pytest.mark.parametrize("role", ["teacher", "Teacher", "TEACHER"])
@pytest.mark.parametrize("where", ["", "/m/classroom"])
def test_nobody_is_a_teacher_by_asking(production, role, where):
    refused(sign_up(production.api, role, where), 403, CLOSED)
    refused(sign_up(production.api, role, where, signup_code=""), 403, CLOSED)


def test_an_operator_opens_and_closes_the_door(production):
    def set_to(word):
        done = production.admin("config", "set", "teacher-signup", word)
        assert done.returncode == 0, done
    set_to("anybody")
    assert ok(sign_up(production.api))["role"] == "teacher"
    set_to("code")
    for code in ({}, {"signup_code": ""}, {"signup_code": "guess"}):
        refused(sign_up(production.api, **code), 403, WANTED)
    set_to("nobody")
    refused(sign_up(production.api), 403, CLOSED)


def test_students_sign_up_as_ever(production):
    assert ok(sign_up(production.api, "student"))["role"] == "student"


def test_nobody_is_an_admin_by_asking(production):
    refused(courses.sign_up(production.api, role="admin"), 403, "Nobody can sign up as admin here")
    assert courses.sign_up(production.api).status == 201


def test_an_operator_makes_teachers(production):
    user = ok(sign_up(production.api, "student"))
    done = run(binary(), "role", "grant", user["user_id"], "classroom", "teacher", "--database-url", production.environment["DATABASE_URL"])
    assert done.returncode == 0, done.stderr


def test_anybody_may_be_let_in(cluster):
    server = outside_server(cluster, "--courses-admin-signup", workers=1)
    try:
        server.start()
        assert ok(sign_up(server.api))["role"] == "teacher"
        assert courses.sign_up(server.api, role="admin").status == 201
        server.stop()
    finally:
        server.remove()


@pytest.fixture(scope="module")
def coded(start_module_server):
    """A code alone is enough: it says that one is needed, in development too."""
    return start_module_server("--login-failures-address", 5, environment={"LECTERN_TEACHER_SIGNUP_CODE": CODE})


def test_the_code_makes_a_teacher(coded):
    assert ok(sign_up(coded.api, signup_code=CODE))["role"] == "teacher"
    assert ok(sign_up(coded.api, "student"))["role"] == "student"
    assert ok(sign_up(coded.api, "student", signup_code="whatever"))["role"] == "student"


@pytest.mark.parametrize("more", [{}, {"signup_code": None}])
def test_without_the_code_nobody_is_a_teacher(coded, more):
    refused(sign_up(coded.api, **more), 403, WANTED)


@pytest.mark.parametrize("value", [5, True, ["x"], "c" * 201])
def test_a_code_is_a_text(coded, value):
    assert loc_of(sign_up(coded.api, signup_code=value)) == [["body", "signup_code"]]


def test_guesses_of_the_code_are_counted(coded):
    guesses = [CODE[:-1], CODE + "x", CODE.upper(), "", CODE * 2]
    for guess in guesses:
        refused(sign_up(coded.api, signup_code=guess), 403, WANTED)
    assert sign_up(coded.api, signup_code=CODE).status == 429
    assert ok(sign_up(coded.api, "student"))


def test_the_code_is_shown_nowhere(coded):
    assert CODE not in coded.admin("config").stdout + coded.admin("config", "get", "teacher-signup-code").stdout + coded.stderr()


# --- what a start refuses


def refusal(*flags, **environment):
    """What a server outside --dev says that does not start."""
    done = run(binary(), "serve", *flags, env={"PATH": "/usr/bin:/bin", "DATABASE_URL": URL, "JWT_SECRET": KEY, **environment}, cwd="/tmp")
    assert done.returncode not in (0, None) and len(done.stderr.strip().splitlines()) == 1, done
    return done.stderr


def verdict(*flags, **environment):
    """What `config check` makes of the same."""
    return run(binary(), "config", "check", *flags, env={"PATH": "/usr/bin:/bin", "DATABASE_URL": URL, "JWT_SECRET": KEY, **environment}, cwd="/tmp")


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "10.0.0.1:8000", "[fe80::1]:8000"])
@pytest.mark.parametrize("flags", [["--identity", "legacy"], ["--dev"], ["--dev", "--identity=legacy"]], ids=" ".join)
def test_legacy_is_for_this_machine(flags, address):
    said = refusal(*flags, "--listen", address)
    assert "only a loopback address" in said and "--legacy-open" in said
    assert verdict(*flags, "--listen", address).returncode != 0
    assert verdict(*flags, "--listen", address, "--legacy-open").returncode == 0
    assert verdict(*flags, "--listen", address, LECTERN_LEGACY_OPEN="true").returncode == 0


@pytest.mark.parametrize("address", ["127.0.0.1:0", "127.8.9.1:0", "[::1]:0"])
def test_this_machine_needs_no_further_word(address):
    assert verdict("--identity", "legacy", "--listen", address).returncode == 0


def test_tokens_need_no_further_word():
    assert verdict("--listen", "0.0.0.0:8000").returncode == 0
    assert verdict("--dev", "--identity", "token", "--listen", "0.0.0.0:8000").returncode == 0


def test_the_readme_starts_what_the_app_in_the_field_needs(cluster):
    """It sends no token and names its user; without the flag of the README nobody is anybody."""
    readme = (REPOSITORY / "README.md").read_text()
    flags = re.search(r"It needs\n\n```sh\nDATABASE_URL=\S+ JWT_SECRET=\S+ build/lectern serve (.*)\n```", readme)[1].split()
    assert flags[:2] == ["--identity", "legacy"] and "--legacy-open" in readme
    for more, status in ((flags[:2], 200), ([], 401)):
        server = Server(*more, dev=False, workers=1, environment={"DATABASE_URL": cluster.url(), "JWT_SECRET": secrets.token_hex(32)})
        try:
            server.start()
            student = ok(sign_up(server.api, "student"))["user_id"]
            assert server.api.get(f"/sessions/active?user_id={student}").status == status
            server.stop()
        finally:
            server.remove()


def test_an_open_door_is_told_at_start(cluster):
    server = outside_server(cluster, "--legacy-open", workers=1)
    try:
        server.start()
        assert "whoever reaches the port can be anybody" in server.stderr()
        server.stop()
    finally:
        server.remove()


@pytest.mark.parametrize("name", ["JWT_SECRET", "LECTERN_PASSWORD_KEY", "LECTERN_METRICS_TOKEN", "LECTERN_TEACHER_SIGNUP_CODE"])
@pytest.mark.parametrize("key, says", [
    ("x" * 64, "has hardly any different bytes"), ("ab" * 20, "has hardly any different bytes"), ("1234567890" * 4, "repeats a short pattern"),
    ("classroom" * 5 + "!", "repeats a short pattern"), ("change-me-in-production-0123456789", "is a word of examples"),
    ("Secret_of_our_school_0123456789abc", "is a word of examples"), ("our Pass-Word is longer than 32 bytes", "is a word of examples"),
])
def test_a_key_that_was_made_up_is_refused(name, key, says):
    said = refusal(**{name: key})
    assert said.startswith(f"lectern serve: {name} {says}") and key not in said


@pytest.mark.parametrize("key", [KEY, secrets.token_hex(16), secrets.token_urlsafe(24), "a secret of the tests, longer than 32 bytes"])
def test_a_key_with_variety_is_taken(key):
    assert verdict(JWT_SECRET=key).returncode == 0


def test_a_code_that_is_asked_for_must_be_there():
    assert "LECTERN_TEACHER_SIGNUP_CODE is not set" in refusal("--teacher-signup", "code")
    assert "LECTERN_TEACHER_SIGNUP_CODE has 5 bytes; it must have 8 or more" in refusal(LECTERN_TEACHER_SIGNUP_CODE="short")
    assert "teacher-signup is \"some\"; it must be one of anybody, code, nobody" in refusal("--teacher-signup", "some")
