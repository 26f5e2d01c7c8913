"""tools/run --demo: it starts, whoever it names can sign in, and one interruption ends all of it."""
import json
import os
import re
import select
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
LIMIT_S = 120


def read_until(process, wanted):
    heard, deadline = "", time.monotonic() + LIMIT_S
    while wanted not in heard:
        ready = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]
        more = os.read(process.stdout.fileno(), 65536).decode() if ready else ""
        assert more, heard
        heard += more
    return heard


def call(url, data=None, token=None, json_body=True):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if data is not None:
        headers["Content-Type"] = "application/json" if json_body else "application/x-www-form-urlencoded"
        data = (json.dumps(data) if json_body else urllib.parse.urlencode(data)).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return json.load(answer)


def ours(words):
    """Processes whose command line has these words."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [path] if words in path.read_bytes().decode(errors="replace") else []
        except OSError:
            pass
    return found


@pytest.fixture(scope="module")
def demo():
    process = subprocess.Popen([TOP / "tools/demo.py", "--listen", "127.0.0.1:0", "--bcrypt-cost", "4"], stdout=subprocess.PIPE,
                               stdin=subprocess.DEVNULL)
    try:
        yield process, read_until(process, "Ctrl-C ends all")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(LIMIT_S)
        process.stdout.close()


def url_of(text):
    return re.search(r"Classroom +(http://\S+)/", text)[1]


def test_whoever_is_named_can_sign_in(demo):
    url = url_of(demo[1])
    for phone in ("9999999999", "8888888888", "7777777777"):
        assert phone in demo[1]
        assert call(f"{url}/auth/login", {"username": phone, "password": "pass123"}, json_body=False)["access_token"]
    for name in ("ada", "sam", "kim"):
        assert call(f"{url}/auth/login", {"username": name, "password": "pass123"})["user"]["username"] == name


def test_there_is_a_class_and_a_course(demo):
    url = url_of(demo[1])
    teacher = call(f"{url}/auth/login", {"username": "9999999999", "password": "pass123"}, json_body=False)["access_token"]
    assert [one["title"] for one in call(f"{url}/sessions/active", token=teacher)] == ["A first class"]
    assert call(f"{url}/auth/users/me", token=teacher)["role"] == "student"
    course = call(f"{url}/courses")[0]
    assert len(call(f"{url}/videos/course/{course['id']}")) == 12
    sam = call(f"{url}/auth/login", {"username": "sam", "password": "pass123"})["access_token"]
    assert call(f"{url}/attendance/today", token=sam)["total_time"] == "00:05:30"


def test_a_teacher_signs_in_with_the_google_of_the_demo(demo):
    """The very line that is printed; and there is something to see."""
    url = url_of(demo[1])
    line = re.search(r'curl -s "http://\S+/token\?.*?-d @-', demo[1], re.S)[0]
    signed = json.loads(subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout)
    assert signed["user"]["role"] == "teacher"
    [taught] = call(f"{url}/classes", token=signed["token"])
    assert (taught["code"], len(taught["students"]), len(taught["schedule"])) == ("CO203", 3, 1)
    shown = call(f"{url}/stats/classes/{taught['id']}/students", token=signed["token"])
    assert [one["percentage"] for one in shown] == [100, 100, 0]


def test_playlists_that_are_named_can_be_imported(demo):
    url = url_of(demo[1])
    ada = call(f"{url}/auth/login", {"username": "ada", "password": "pass123"})["access_token"]
    address = re.search(r"https://www\.youtube\.com/playlist\?list=PLdemoPhysics", demo[1])[0]
    made = call(f"{url}/videos/youtube-playlist", {"playlist_url": address}, token=ada)
    assert len(call(f"{url}/videos/course/{made['id']}")) == 3


def test_a_student_has_asked_the_tutor(demo):
    practice = f"{url_of(demo[1])}/m/practice/api"
    assert call(f"{practice}/auth/login/teacher", {"email": "tess@example.org", "password": "pass123"})["role"] == "teacher"
    stan = call(f"{practice}/auth/login", {"email": "stan@example.org", "password": "pass123"})
    assert [one["title"] for one in call(f"{practice}/exercises", token=stan["access_token"])] == [
        "Sum of two", "Count the vowels", "Longest word"]
    [session] = call(f"{practice}/chat/sessions/{stan['user_id']}", token=stan["access_token"])
    asked, replied = call(f"{practice}/chat/sessions/{session['id']}/messages", token=stan["access_token"])
    assert asked["content"] == "Where do I begin?" and "You wrote: Where do I begin?" in replied["content"]


def test_students_have_handed_in_and_one_waits_for_a_verdict(demo):
    practice = f"{url_of(demo[1])}/m/practice/api"
    tess = call(f"{practice}/auth/login/teacher", {"email": "tess@example.org", "password": "pass123"})["access_token"]
    sue = call(f"{practice}/auth/login", {"email": "sue@example.org", "password": "pass123"})
    board = call(f"{practice}/analytics/leaderboard", token=sue["access_token"])["leaderboard"]
    assert [(one["name"], one["exercises_completed"], one["average_score"]) for one in board] == [("Stan", 1, 95), ("Sue", 1, 80)]
    handed_in = call(f"{practice}/submissions/student/{sue['user_id']}", token=tess)
    assert [one["status"] for one in handed_in] == ["passing", "submitted"]


def test_a_couple_has_talked(demo):
    coaching = f"{url_of(demo[1])}/v1"
    mia, leo = (call(f"{coaching}/auth/login", {"email": f"{name}@example.org", "password": "pass123"})["access_token"] for name in ("mia", "leo"))
    [session] = call(f"{coaching}/history/sessions", token=mia)
    report = call(f"{coaching}/sessions/{session['id']}/report", token=leo)
    assert session["status"] == "ENDED"
    assert report["summary"] == "2 nudges delivered. 1 slow-down suggestions, 1 pause suggestions." and report["summary"] in demo[1]
    pokes = call(f"{coaching}/pokes?rid={session['relationship_id']}", token=leo)
    assert len(pokes) == 2
    [invited] = call(f"{coaching}/relationships/{session['relationship_id']}/invites", token=mia)
    assert (invited["email"], invited["status"]) == ("gran@example.org", "SENT")
    token = re.search(r"gran@example\.org is invited: \S+/signup\?token=([\w-]{43})\n", demo[1])[1]
    assert call(f"{coaching}/relationships/invites/validate?token={token}")["email"] == "gran@example.org"


def test_an_interruption_ends_all_of_it(demo):
    process = demo[0]
    folder = re.search(r"/tmp/lectern-demo-\w+", " ".join(p.read_text() for p in ours("lectern-demo-") if p.exists()))
    assert folder
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT_S) == 0
    assert not ours(folder[0]) and not os.path.exists(folder[0])
