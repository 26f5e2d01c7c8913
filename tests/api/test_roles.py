"""A role belongs to (person, area): what an operator gives and takes with `lectern role` counts at once."""
import os

import pytest

from classroom import login, ok, person, refused
from client import wait_until
from launch import binary, run


@pytest.fixture
def role(server):
    def call(*words):
        return run(binary(), "role", *words, "--data", server.data)
    return call


def opens_a_session(api, who):
    return api.post("/sessions", token=who.token, json={"title": "A class"})


def becomes(condition):
    wait_until(condition, what="the changed role")


def test_a_role_is_taken_and_given_while_the_server_runs(api, role):
    who = person(api, "teacher")
    ok(opens_a_session(api, who))
    done = role("revoke", who.id, "classroom")
    assert (done.returncode, done.stdout) == (0, f"{who.id}: none in classroom\n"), done
    becomes(lambda: opens_a_session(api, who).status == 403)
    for answer in (opens_a_session(api, who), api.get("/sessions/active", token=who.token),
                   api.get("/sessions/active", who=who)):
        refused(answer, 403, "You have no role here")
    done = role("grant", who.id, "classroom", "student")
    assert (done.returncode, done.stdout) == (0, f"{who.id} {who.name}: student in classroom\n"), done
    becomes(lambda: api.get("/sessions/active", token=who.token).status == 200)
    refused(opens_a_session(api, who), 403, "Teacher role required")
    assert role("grant", who.id, "classroom", "teacher").returncode == 0
    becomes(lambda: opens_a_session(api, who).status == 200)


def test_a_person_without_a_role_can_sign_in_and_nothing_more(api, role):
    who = person(api, "student")
    assert role("revoke", who.id, "classroom").returncode == 0
    assert ok(login(api, who.phone))["role"] is None
    assert role("revoke", who.id, "classroom").returncode == 1
    becomes(lambda: api.get("/sessions/active", token=who.token).status == 403)


def test_nobody_can_add_a_person_without_a_role_to_a_session(api, role, room):
    who = person(api, "student")
    assert role("revoke", who.id, "classroom").returncode == 0
    becomes(lambda: api.get("/sessions/active", token=who.token).status == 403)
    refused(api.post(f"/sessions/{room.id}/join", who=room.teacher, form={"user_id": who.id}), 404, "User not found")


def test_the_list_of_one_and_of_all(api, role):
    one, other = person(api, "teacher"), person(api, "student")
    lines = [line.split(None, 3) for line in role("list", one.id).stdout.splitlines()]
    assert lines == [[str(one.id), "classroom", "teacher", one.name]]
    everybody = [line.split(None, 3) for line in role("list").stdout.splitlines()]
    assert lines[0] in everybody and [str(other.id), "classroom", "student", other.name] in everybody


@pytest.mark.parametrize("words, code, says", [
    (["grant", "1", "nowhere", "teacher"], 1, "classroom: teacher student"),
    (["grant", "1", "classroom", "king"], 1, "classroom: teacher student"),
    (["grant", "2000000000", "classroom", "teacher"], 1, "no such person"),
    (["grant", "x", "classroom", "teacher"], 1, "not a user id"),
    (["grant", "0", "classroom", "teacher"], 1, "not a user id"),
    (["grant", "2147483648", "classroom", "teacher"], 1, "not a user id"),
    (["revoke", "1", "nowhere"], 1, "classroom: teacher student"),
    (["revoke", "2000000000", "classroom"], 1, "no role there"),
    (["grant", "1", "classroom"], 2, "say grant"), (["list", "1", "2"], 2, "say grant"),
    ([], 2, "say grant"), (["steal"], 2, "say grant"), (["list", "--no-such-flag", "x"], 2, "no-such-flag"),
], ids=str)
def test_mistakes(role, words, code, says):
    done = role(*words)
    assert done.returncode == code and says in done.stderr and not done.stdout, done


def test_without_a_running_database(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    done = run(binary(), "role", "list", "--data", tmp_path, env=environment, cwd=tmp_path)
    assert done.returncode == 1 and "DATABASE_URL" in done.stderr, done


def test_the_database_of_an_url(cluster):
    assert run(binary(), "migrate", "up", "--database-url", cluster.url()).returncode == 0
    cluster.database.text("insert into account.users (name, role) values ('Ada', 'teacher')")
    done = run(binary(), "role", "list", "--database-url", cluster.url())
    assert done.stdout.split() == ["1", "classroom", "teacher", "Ada"], done
