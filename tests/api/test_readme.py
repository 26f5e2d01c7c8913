"""What the README has a new user type by hand, to the letter: the commands of a chapter in one shell, on an empty server."""
import json
import re
import subprocess
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def typed(start_module_server):
    """typed(chapter): what its commands print, line by line as each answer is JSON."""
    server = start_module_server()

    def run(chapter):
        section = README.read_text().split(f"\n## {chapter}\n")[1].split("\n## ")[0]
        script = re.search(r"```sh\n(B=.*?)```", section, re.S)[1].replace("http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}")
        done = subprocess.run(["bash", "-c", script], cwd=server.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        assert done.returncode == 0, done.stdout
        return answers(done.stdout)

    return run


def answers(text):
    found, decoder = [], json.JSONDecoder()
    while text := text.lstrip():
        answer, end = decoder.raw_decode(text)
        found, text = [*found, answer], text[end:]
    return found


def test_a_first_class(typed):
    *_, log, summary = typed("First class")
    assert [entry["event_type"] for entry in reversed(log["logs"])] == ["session_created", "participant_joined", "participant_muted"]
    assert summary["total_events"] == 3


def test_practice(typed):
    ada, ben, exercise = typed("Practice")
    assert (ada["role"], ben["role"], exercise["title"]) == ("teacher", "student", "Sum")


def test_coaching(typed):
    ended, report = typed("Coaching")
    assert ended == {"ok": True} and report["summary"] in ("Report pending...", "0 nudges delivered. Try more pauses.")
