"""The operators' commands about parameters: what is in force and where it came from, changes that every worker takes over, and refusals."""
import json
import secrets

import pytest

from admin import Operator, Refused
from classroom import Room, ok
from client import Stream, wait_until
from managed import Frozen, thread_of


@pytest.fixture
def own(start_server):
    """A server whose parameters may be changed, and its operator."""
    server = start_server("--sse-retry", 3000, environment={"LECTERN_ROOM_RING": "64", "JWT_SECRET": "hush" + secrets.token_hex(16)})
    return server, Operator(server)


def named(rows):
    return {row["name"]: row for row in rows}


def test_get_says_value_source_and_range(own):
    server, admin = own
    rows = named(admin("config", "get"))
    assert len(rows) > 60 and rows["sse-retry"]["value"] == 3000 and rows["sse-retry"]["source"] == "flag"
    assert rows["room-ring"]["value"] == 64 and rows["room-ring"]["source"] == "environment"
    assert rows["identity"]["source"] == "implied" and rows["idle-timeout"]["source"] == "default"
    assert rows["sse-retry"]["range"] == "100 to 60000" and rows["dev"]["value"] is True
    assert rows["jwt-secret"]["value"] == "(set)" and "hush" not in json.dumps(rows)
    assert admin("config", "get", "sse-retry") == admin("config", "get", "LECTERN_SSE_RETRY") == [rows["sse-retry"]]


def test_a_change_reaches_every_worker_and_is_gone_after_a_restart(own):
    server, admin = own
    room = Room(server.api)
    assert admin("config", "set", "sse-retry", 100) == {"name": "sse-retry", "before": 3000, "value": 100}
    row = admin("config", "get", "sse-retry")[0]
    assert row["value"] == 100 and row["source"] == "changed"
    for _ in range(8):  # streams land on either worker
        with Stream(server.api, room.id, room.student()) as stream:
            stream.expect("connected")
            assert 100 <= stream.reader.retries[0] <= 150
    server.stop()
    server.start()
    assert admin("config", "get", "sse-retry")[0]["value"] == 3000


def test_diff_is_what_differs_from_defaults_or_from_the_start(own):
    server, admin = own
    rows = named(admin("config", "diff"))
    assert rows["sse-retry"] == {"name": "sse-retry", "value": 3000, "start": 3000, "default": "2000", "source": "flag"}
    assert {"data", "listen", "room-ring", "workers"} <= set(rows) and "idle-timeout" not in rows and "token-days" not in rows
    admin("config", "set", "sse-retry", 2000)
    admin("config", "set", "token-days", 3)
    rows = named(admin("config", "diff"))
    assert rows["sse-retry"]["value"] == 2000 and rows["sse-retry"]["start"] == 3000, "by default, but not as at the start"
    assert rows["token-days"]["source"] == "changed"


def test_a_limit_that_is_changed_counts_for_the_next_request(own):
    server, admin = own
    room = Room(server.api)
    ok(room.action(room.teacher, "chat", text="x" * 1500))
    admin("config", "set", "max-body", 1024)
    assert [room.action(room.teacher, "chat", text="x" * 1500).status for _ in range(4)] == [413] * 4


def test_a_worker_that_hangs_takes_a_change_over_when_it_turns_again(own):
    server, admin = own
    with Frozen(thread_of(server.process.pid, "worker-1")):
        done = server.admin("config", "set", "max-body", "1024", "--json")
        assert done.returncode == 0 and json.loads(done.stdout)["value"] == 1024
        assert "worker" in done.stderr and "1" in done.stderr, "who did not answer is named"
    room = Room(server.api)
    assert [room.action(room.teacher, "chat", text="x" * 1500).status for _ in range(16)] == [413] * 16


@pytest.mark.parametrize("words, says", [
    (["config", "set", "nonsense", "1"], "nonsense is no parameter"),
    (["config", "set", "listen", "127.0.0.1:1"], "listen cannot be changed while the server runs"),
    (["config", "set", "jwt-secret", "hush"], "jwt-secret cannot be changed"),
    (["config", "set", "sse-retry", "1"], 'sse-retry is "1"; it must be a whole number from 100 to 60000'),
    (["config", "set", "courses-admin-signup", "maybe"], "it must be true or false"),
    (["config", "get", "nonsense"], "nonsense is no parameter"),
    (["log", "level", "loud"], "it must be one of debug, info, warn, error"),
    (["config", "set", "sse-retry"], "usage: config"),
], ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_refusals_say_what_is_wrong(admin, words, says):
    with pytest.raises(Refused, match=says):
        admin(*words)


def test_the_log_level(own):
    server, admin = own
    assert admin("log", "level") == {"name": "log-level", "value": "info"}
    ok(server.api.get("/livez"))
    assert " debug request" not in server.stderr()
    assert admin("log", "level", "debug") == {"name": "log-level", "before": "info", "value": "debug"}
    for _ in range(8):
        ok(server.api.get("/livez"))
    wait_until(lambda: server.stderr().count(" debug request") >= 8, what="a line per request, on either worker")
    admin("log", "level", "error")
    admin("config", "set", "token-days", 5)
    assert admin("config", "get", "log-level")[0]["value"] == "error"
