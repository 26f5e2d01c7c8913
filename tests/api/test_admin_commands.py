"""The operators' commands: what the client prints in each form, what is refused and how, and that every answer is what its schema says."""
import csv
import io
import json
import os
import select
import signal
import subprocess

import pytest

from admin import Refused
from launch import binary


def test_help_and_schema_name_the_same_commands(admin):
    named = {row["command"] for row in admin("help")}
    assert {"help", "schema", "info", "workers", "actors", "actor"} <= named
    assert {key.split()[0] for key in admin("schema")} == named


def test_info(admin, server):
    info = admin("info")
    assert info["pid"] == server.process.pid and info["state"] == "serving"
    assert info["workers"] == server.workers and info["address"].endswith(f":{server.port}")


def test_workers(admin, server):
    rows = admin("workers")
    assert [row["worker"] for row in rows] == list(range(server.workers))
    assert all(row["answered"] and row["loop_turns"] > 0 for row in rows)


def test_actors_of_a_kind_and_the_top_of_them(admin, room):
    stream = room.stream(room.student())
    everything = admin("actors")
    rooms = admin("actors", "--kind", "classroom")
    assert f"classroom/{room.id}" in {row["address"] for row in rooms} < {row["address"] for row in everything}
    top = admin("actors", "--top", 2, "--by", "messages")
    assert len(top) == 2 and top[0]["messages"] >= top[1]["messages"]
    assert top[1]["messages"] >= sorted((row["messages"] for row in everything), reverse=True)[1]
    stream.close()


def test_an_actor(admin, room):
    stream = room.stream(room.student())
    assert admin("actor", f"classroom/{room.id}")["address"] == f"classroom/{room.id}"
    stream.close()


@pytest.mark.parametrize("words, says", [
    (["nonsense"], "there is no command"),
    (["info", "more"], "usage: info"),
    (["actors", "--best", "3"], "--best is no option here; usage: actors"),
    (["actors", "--top", "none"], "--top is a whole number from 1 to 1000"),
    (["actors", "--top", "1001"], "--top is a whole number from 1 to 1000"),
    (["actors", "--top"], "--top needs N"),
    (["actors", "--by", "beauty"], "--by is one of"),
    (["actors", "--kind", "unicorn"], "no actor is of a kind"),
    (["actor", "classroom/2000000000"], "is not active"),
    (["actor", "somewhere"], "an address is kind/id"),
    (["schema", "nonsense"], "there is no command"),
], ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_refusals_say_what_is_wrong(admin, words, says):
    with pytest.raises(Refused, match=says):
        admin(*words)


def test_forms_say_the_same(server):
    as_json = json.loads(server.admin("help", "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(server.admin("help", "--csv").stdout)))
    assert [row["command"] for row in rows] == [row["command"] for row in as_json]
    assert [row["about"] for row in rows] == [row["about"] for row in as_json]
    lines = server.admin("help").stdout.splitlines()
    assert lines[0].split() == ["command", "arguments", "about", "changes"] and len(lines) == len(as_json) + 1
    info = list(csv.DictReader(io.StringIO(server.admin("--csv", "info").stdout)))
    assert len(info) == 1 and int(info[0]["pid"]) == server.process.pid
    assert dict(line.split(None, 1) for line in server.admin("info").stdout.splitlines())["state"].strip() == "serving"


def read_line(process):
    assert select.select([process.stdout], [], [], 30)[0], "nothing was printed"
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_watch_repeats_until_it_is_interrupted(server, number):
    command = [binary(), "admin", "--data", server.data, "info", "--watch", "0.1", "--csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=server.surroundings(), bufsize=0) as watching:
        for _ in range(3):
            assert read_line(watching).startswith(b"version,") and b"serving" in read_line(watching)
        watching.send_signal(number)
        said = watching.communicate(timeout=30)
    assert watching.returncode == 0 and said[1] == b""


@pytest.mark.parametrize("seconds", ["0", "x", "-1", "1000000"])
def test_watch_wants_seconds(server, seconds):
    done = server.admin("info", "--watch", seconds)
    assert done.returncode == 2 and "--watch needs seconds" in done.stderr


def test_the_socket_may_be_elsewhere(start_server, tmp_path):
    path = tmp_path / "operators.sock"
    server = start_server("--admin-socket", path)
    assert not os.path.exists(f"{server.data}/admin.sock") and os.stat(path).st_mode & 0o777 == 0o600
    assert server.admin("info", "--admin-socket", path).returncode == 0
    nobody = server.admin("info")
    assert nobody.returncode == 1 and "no server answers" in nobody.stderr


def test_nobody_answers_after_the_end(start_server):
    server = start_server()
    server.stop()
    done = server.admin("info")
    assert done.returncode == 1 and "no server answers" in done.stderr
