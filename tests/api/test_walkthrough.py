"""Contract section 17 to the letter: an empty database, curl, no token."""
import json
import subprocess
from pathlib import Path

import pytest

from client import Timeout, wait_until
from launch import run


@pytest.fixture(scope="module")
def fresh(start_module_server):
    return start_module_server()


def curl(server, method, path, *arguments):
    done = run("curl", "-s", "-S", "-m", "15", "-X", method, f"http://127.0.0.1:{server.port}{path}", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


JSON = ("-H", "Content-Type: application/json", "-d")


def lines_of(path):
    return path.read_text().splitlines()


def wait_line(path, wanted):
    wait_until(lambda: wanted in lines_of(path), what=f"line {wanted!r}")


def seven_steps(server):
    teacher = '{"name":"Test Teacher","phone_number":"9999999999","password":"pass123","role":"teacher"}'
    student = '{"name":"Test Student","phone_number":"8888888888","password":"pass123","role":"student"}'
    assert curl(server, "POST", "/auth/register", *JSON, teacher)["user_id"] == 1
    assert curl(server, "POST", "/auth/register", *JSON, student)["user_id"] == 2
    assert curl(server, "POST", "/sessions?user_id=1", *JSON, '{"title":"My Test Session"}')["session_id"] == 1
    assert curl(server, "POST", "/sessions/1/join?user_id=2", "-d", "user_id=2") == {"ok": True, "participant_id": 1}
    assert curl(server, "POST", "/sessions/1/participants/1/mute?user_id=1&mute=true")["ok"] is True
    return curl(server, "GET", "/sessions/1/logs?user_id=1"), curl(server, "GET", "/sessions/1/logs/summary?user_id=1")


def check_three_events(logs, summary):
    rows = {row["event_type"]: row for row in logs["logs"]}
    assert logs["total_logs"] == 3
    types = [row["event_type"] for row in reversed(logs["logs"])]
    assert types == ["session_created", "participant_joined", "participant_muted"]
    assert rows["session_created"]["event_details"]["title"] == "My Test Session"
    assert rows["participant_joined"]["event_details"]["user_name"] == "Test Student"
    assert rows["participant_muted"]["event_details"]["is_self_mute"] is False
    assert summary["total_events"] == 3
    assert summary["event_counts"] == {"session_created": 1, "participant_joined": 1, "participant_muted": 1}
    assert (summary["unique_participants_joined"], summary["participants_left"]) == (1, 0)


def test_the_walk_through(fresh):
    check_three_events(*seven_steps(fresh))
    output = Path(fresh.folder, "events")
    url = f"http://127.0.0.1:{fresh.port}/sse/sessions/1?user_id=2"
    with open(output, "wb") as out:
        listener = subprocess.Popen(["curl", "-s", "-N", url], stdout=out)
    try:
        listen_and_teach(fresh, listener, output)
    finally:
        listener.kill()
        listener.wait()


def listen_and_teach(server, listener, output):
    wait_line(output, "event: session_state")
    for body, event in [('{"type":"mute_participant","target_participant_id":1,"mute":true}', "participant_muted"),
                        ('{"type":"chat","text":"Hello everyone!"}', "chat"),
                        ('{"type":"end_session"}', "session_ended")]:
        assert curl(server, "POST", "/sessions/1/action?user_id=1", *JSON, body) == {"ok": True}
        wait_line(output, f"event: {event}")
    try:
        assert listener.wait(10) == 0, "curl saw a broken stream"
    except subprocess.TimeoutExpired:
        raise Timeout("the stream did not end") from None
    events = [line[7:] for line in lines_of(output) if line.startswith("event: ")]
    assert events == ["connected", "session_state", "participant_muted", "participant_muted", "chat", "session_ended"], (
        "muted before they came, which they are told, and once more by the teacher")
    types = [row["event_type"] for row in reversed(curl(server, "GET", "/sessions/1/logs?user_id=1")["logs"])]
    assert [kind for kind in types if kind != "participant_left"] == [
        "session_created", "participant_joined", "participant_muted", "participant_joined", "participant_muted",
        "chat_message", "session_ended"]
    rows = server.database().rows("SELECT log_id, event_type, user_id, event_details, created_at FROM logs "
                                  "WHERE session_id = 1 ORDER BY created_at")
    assert sorted(row["event_type"] for row in rows) == sorted(types)
