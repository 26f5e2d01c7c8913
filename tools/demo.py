#!/usr/bin/python3 -B
"""The demo: a development server with people, a class, a course, and the outside servers it would ask, all on this machine.

tools/run --demo builds and calls it. Options are those of `lectern serve`; without --data everything lies in a folder that goes away with
the demo. Ctrl-C ends all.
"""
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / "tests/outside"), str(TOP / "tests/api")]

import google  # noqa: E402
import openai  # noqa: E402
import sendgrid  # noqa: E402
import youtube  # noqa: E402
from client import Api, wait_until  # noqa: E402
from sockets import TEXT, Socket  # noqa: E402

KEY, PASSWORD = "demo-key", "pass123"
START_S, STOP_S = 90, 30
TEACHER, STUDENTS = ("Test Teacher", "9999999999"), (("Test Student", "8888888888"), ("Second Student", "7777777777"))
COUPLE = ("mia", "leo")
PLAYLIST = "https://www.youtube.com/playlist?list=PLdemoAlgebra"


class Failed(Exception):
    """A sentence for the user."""


class Server:
    """`lectern serve --dev` whose YouTube, Google, model and mail are ours."""

    def __init__(self, options, data, youtube_url, vouching, model, post):
        self.binary = os.environ.get("LECTERN_BIN") or str(TOP / "build/lectern")
        self.data = data
        environment = {**os.environ, "YOUTUBE_API_KEY": KEY, "YOUTUBE_API_BASE_URL": youtube_url, "GOOGLE_CLIENT_ID": vouching.client_id,
                       "GOOGLE_JWKS_URL": vouching.url, "OPENAI_API_KEY": model.key, "OPENAI_BASE_URL": model.base_url,
                       "SENDGRID_API_KEY": post.key, "SENDGRID_BASE_URL": post.url}
        self.process = subprocess.Popen([self.binary, "serve", "--dev", "--data", data, *options], stdout=subprocess.PIPE, env=environment,
                                        stdin=subprocess.DEVNULL, start_new_session=True)  # Ctrl-C is for us to pass on
        self.url = self.await_address()

    def await_address(self):
        heard, deadline = b"", time.monotonic() + START_S
        while b"\n" not in heard.partition(b"listening on ")[2]:
            ready = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]
            more = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not more:
                self.end()
                raise Failed("the server did not start; it says why above")
            heard += more
        return heard.partition(b"listening on ")[2].split()[0].decode()

    def call(self, method, path, body=None, form=None, token=None):
        """The JSON of a good answer; None if it was refused."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = urllib.parse.urlencode(form).encode() if form else None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method), timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            return None if refused.code in (400, 409) else self.fail(f"{method} {path}: {refused.code} {refused.read()[:300]!r}")

    @staticmethod
    def fail(why):
        raise Failed(why)

    def command(self, *words):
        done = subprocess.run([self.binary, *map(str, words), "--data", self.data], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(done.stderr.strip())

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()


# ---- what is there to see; all of it may be there already when the folder is an old one ----

def fill_classroom(server):
    for name, phone, role in [(*TEACHER, "teacher"), *((*student, "student") for student in STUDENTS)]:
        server.call("POST", "/auth/register", {"name": name, "phone_number": phone, "password": PASSWORD, "role": role})
    teacher = server.call("POST", "/auth/login", form={"username": TEACHER[1], "password": PASSWORD})
    classes = server.call("GET", "/sessions/active", token=teacher["access_token"])
    if not classes:
        classes = [server.call("POST", "/sessions", {"title": "A first class"}, token=teacher["access_token"])]
    return teacher, classes[0]


def fill_courses(server, teacher):
    for name, role in (("ada", "admin"), ("sam", "student"), ("kim", "student")):
        server.call("POST", "/auth/signup", {"username": name, "name": name.title(), "email": f"{name}@example.org", "password": PASSWORD, "role": role})
    ada, sam = (server.call("POST", "/auth/login", {"username": name, "password": PASSWORD})["access_token"] for name in ("ada", "sam"))
    courses = server.call("GET", "/courses")
    if not courses:
        courses = [server.call("POST", "/videos/youtube-playlist", {"playlist_url": PLAYLIST}, token=ada)]
    course = courses[0]
    server.call("POST", f"/courses/{course['id']}/register", {}, token=sam)
    first = server.call("GET", f"/videos/course/{course['id']}")[0]
    server.call("POST", "/progress", {"video_id": first["id"], "start_time": "14:30:00"}, token=sam)
    server.call("POST", "/progress", {"video_id": first["id"], "end_time": "14:35:30", "watchtime_seconds": 330}, token=sam)
    server.command("role", "grant", teacher["user_id"], "courses", "student")
    return course


def fill_attendance(server, vouching):
    """A class with a slot, a roster and two days of attendance."""
    for email, role in (("grace@example.org", "teacher"), ("head@example.org", "admin")):
        server.command("allow", "add", email, role, email.split("@")[0].title())
    token = server.call("POST", "/auth/google", {"idToken": vouching.token("grace@example.org", "Grace")})["token"]
    server.call("POST", "/classes", {"code": "CO203", "name": "Data Structures", "section": "A"}, token=token)
    found = server.call("GET", "/classes", token=token)[0]
    server.call("POST", f"/classes/{found['id']}/schedules", {"day_of_week": 1, "start_time": "09:00", "end_time": "10:00"}, token=token)
    rolls = [f"23/CS/{n}" for n in (107, 108, 109)]
    roster = {"students": [{"rollNo": roll, "name": name} for roll, name in zip(rolls, ("Asha", "Ben", "Chen"))]}
    server.call("PUT", f"/classes/{found['id']}/students", roster, token=token)
    for day, words in (("2025-10-20", ("present", "late", "absent")), ("2025-10-27", ("present", "present", "excused"))):
        opened = server.call("POST", "/attendance/sessions", {"classId": found["id"], "sessionDate": day}, token=token)
        updates = {"updates": [{"rollNo": roll, "status": word} for roll, word in zip(rolls, words)]}
        server.call("PUT", f"/attendance/sessions/{opened['sessionId']}/statuses", updates, token=token)
    return found


PRACTICE = [  # title, topic, difficulty, what is to be done, where it begins, solution
    ("Sum of two", "functions", "beginner", "Write add(a, b), which returns the sum of its arguments.", "def add(a, b):\n    pass\n",
     "def add(a, b):\n    return a + b\n"),
    ("Count the vowels", "loops", "beginner", "Write vowels(text), which returns how many vowels there are in it.", "def vowels(text):\n    pass\n",
     "def vowels(text):\n    return sum(letter in 'aeiou' for letter in text.lower())\n"),
    ("Longest word", "strings", "intermediate", "Write longest(text), which returns its longest word, the first of several.", "",
     "def longest(text):\n    return max(text.split(), key=len)\n"),
]


def fill_exercises(server, base, teacher):
    return [server.call("POST", f"{base}/exercises/", {
        "title": title, "description": task, "difficulty_level": level, "topic": topic, "starter_code": starter, "solution_code": solution,
        "hints": ["What does return do?"], "test_cases": [{"input": "1 2", "output": "3"}] if topic == "functions" else None}, token=teacher)
            for title, topic, level, task, starter, solution in PRACTICE]


def submit(server, base, signed, exercise, code, teacher=None, **verdict):
    made = server.call("POST", f"{base}/submissions/", {"student_id": signed["user_id"], "exercise_id": exercise["id"], "code": code},
                       token=signed["access_token"])
    if verdict:
        server.call("PUT", f"{base}/submissions/{made['id']}/evaluate", verdict, token=teacher)


def fill_practice(server):
    """A teacher with exercises; two students who have handed in some of them, one of whom has asked the tutor something."""
    base = "/m/practice/api"
    signed = {}
    for name, role in (("tess", "/teacher"), ("stan", ""), ("sue", "")):
        email = f"{name}@example.org"
        server.call("POST", f"{base}/auth/register{role}", {"email": email, "name": name.title(), "password": PASSWORD})
        signed[name] = server.call("POST", f"{base}/auth/login{role}", {"email": email, "password": PASSWORD})
    teacher, stan, sue = signed["tess"]["access_token"], signed["stan"], signed["sue"]
    exercises = server.call("GET", f"{base}/exercises/", token=teacher)
    if not exercises:
        exercises = fill_exercises(server, base, teacher)
        first, second, _ = exercises
        submit(server, base, stan, first, "def add(a, b):\n    a + b\n", teacher, status="failing", score=40, feedback="It adds, and tells nobody.")
        submit(server, base, stan, first, "def add(a, b):\n    return a + b\n", teacher, status="passing", score=95, feedback="That is it.")
        submit(server, base, sue, first, "def add(a, b):\n    return sum([a, b])\n", teacher, status="passing", score=80, feedback="Good; + would do.")
        submit(server, base, sue, second, "def vowels(text):\n    return text.count('a')\n")  # for the teacher to judge
        session = server.call("POST", f"{base}/chat/sessions/?student_id={stan['user_id']}&topic=functions&agent_type=exercise", token=stan["access_token"])
        server.call("POST", f"{base}/chat/sessions/{session['id']}/messages", {"content": "Where do I begin?"}, token=stan["access_token"])
    return exercises


def speak(server, session, token, rate, overlap):
    """A frame of what a device measured, and the nudge that it earns."""
    place = urllib.parse.urlsplit(server.url)
    with Socket(Api(place.hostname, place.port), f"/v1/sessions/{session}/ws?token={token}") as socket:
        socket.say(TEXT, json.dumps({"type": "client.feature_frame", "sid": session,
                                     "payload": {"timestamp_ms": int(time.time() * 1000), "speaking_rate": rate, "overlap_ratio": overlap}}))
        socket.until(lambda told: told["type"] == "server.nudge")


def fill_coaching(server):
    """A couple with a session behind them, a poke from each, and somebody who is invited by mail."""
    tokens, ids = [], []
    for name in COUPLE:
        account = {"email": f"{name}@example.org", "password": PASSWORD}
        server.call("POST", "/v1/auth/signup", {**account, "display_name": name.title()})
        tokens.append(server.call("POST", "/v1/auth/login", account)["access_token"])
        ids.append(server.call("GET", "/v1/users/me", token=tokens[-1])["id"])
    sessions = server.call("GET", "/v1/history/sessions", token=tokens[0])
    if not sessions:
        pair = server.call("POST", "/v1/relationships", {"type": "romantic", "member_ids": ids[1:]}, token=tokens[0])["id"]
        session = server.call("POST", "/v1/sessions", {"relationship_id": pair, "participants": ids}, token=tokens[0])["id"]
        for token, rate, overlap in zip(tokens, (4.2, 2.5), (0.1, 0.5)):
            speak(server, session, token, rate, overlap)
        server.call("POST", f"/v1/sessions/{session}/finalize", token=tokens[0])
        for sender, receiver, emoji in ((0, 1, "\u2764\ufe0f"), (1, 0, "\U0001f31e")):
            server.call("POST", "/v1/pokes", {"relationship_id": pair, "receiver_id": ids[receiver], "type": "emoji", "emoji": emoji}, token=tokens[sender])
        server.call("POST", f"/v1/relationships/{pair}/invites", {"email": "gran@example.org", "role": "FAMILY"}, token=tokens[0])
        sessions = server.call("GET", "/v1/history/sessions", token=tokens[0])
    path = f"/v1/sessions/{sessions[0]['id']}/report"
    report = wait_until(lambda: (made := server.call("GET", path, token=tokens[0]))["summary"] != "Report pending..." and made, START_S, what="the report")
    return report, invitation(server, sessions[0]["relationship_id"], tokens[0])


def invitation(server, relationship, token):
    """Where the invited one begins, on this server; None once they have come."""
    [invite] = server.call("GET", f"/v1/relationships/{relationship}/invites", token=token)
    link = server.call("GET", f"/v1/relationships/{relationship}/invites/{invite['invite_id']}/link", token=token)
    return link and f"{server.url}/signup?{urllib.parse.urlsplit(link['invite_url']).query}"


def tell(server, played, vouching, session, course, taught, exercises, report, invited):
    print(f"""
The demo runs. Every password is {PASSWORD}.

  Classroom     {server.url}/
    teacher     {TEACHER[1]}  {TEACHER[0]}, who opened class {session['session_id']}, "{session['title']}"
    students    {', '.join(f'{phone}  {name}' for name, phone in STUDENTS)}
  Courses       {server.url}/m/courses/
    admin       ada
    students    sam (has watched a little of course {course['id']}, "{course['course_title']}"), kim;
                and the classroom's teacher, who is a student here, by the token of there
  Attendance    {server.url}/m/attendance/
    teacher     grace@example.org, with class {taught['code']}, "{taught['name']}", of three students
    admin       head@example.org; both sign in with a token of the Google of the demo, as below
  Practice      {server.url}/m/practice/
    teacher     tess@example.org, with the exercise "{exercises[0]['title']}" and {len(exercises) - 1} more, a submission of which is to be judged
    students    stan@example.org, who talks to the tutor (its model is a stand-in), and sue@example.org
    page        {server.url}/practice
  Coaching      {server.url}/coaching
    couple      {' and '.join(f'{name}@example.org' for name in COUPLE)}, who have talked: "{report['summary']}",
                and have poked each other; gran@example.org {f"is invited: {invited}" if invited else "has come"}
  Documents     {server.url}/docs and {server.url}/openapi.json
  YouTube       {played.base_url} has these playlists to import:""")
    for name, playlist in played.playlists.items():
        print(f"                https://www.youtube.com/playlist?list={name}  {playlist.title}")
    print(f"""
  curl -s {server.url}/auth/login -H 'Content-Type: application/json' -d '{{"username":"sam","password":"{PASSWORD}"}}'
  curl -s "{vouching.base}/token?email=grace@example.org&name=Grace" | sed 's/.*/{{"idToken":"&"}}/' |
    curl -s {server.url}/auth/google -H 'Content-Type: application/json' -d @-

Ctrl-C ends all of it.""", flush=True)


def run(options):
    own = None
    if not any(option == "--data" or option.startswith("--data=") for option in options):
        own = tempfile.mkdtemp(prefix="lectern-demo-", dir="/tmp")
        os.chmod(own, 0o755)  # the user postgres enters too
    data = f"{own}/data" if own else next(o.partition("=")[2] or options[i + 1] for i, o in enumerate(options) if o.startswith("--data"))
    played, vouching, post, server = youtube.demo(KEY).start(), google.Google("demo-client").start(), sendgrid.SendGrid(KEY), None
    model = openai.OpenAI(KEY, usual=openai.Answer(before=0.3, between=0.05)).start()
    try:
        server = Server(options, data, played.base_url, vouching, model, post)
        teacher, session = fill_classroom(server)
        tell(server, played, vouching, session, fill_courses(server, teacher), fill_attendance(server, vouching), fill_practice(server),
             *fill_coaching(server))
        if server.process.wait():
            raise Failed("the server ended; it says why above")
    finally:
        if server:
            server.end()
        played.stop()
        vouching.stop()
        post.close()
        model.stop()
        if own:
            shutil.rmtree(own, ignore_errors=True)


def interrupt(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    try:
        run(sys.argv[1:])
    except KeyboardInterrupt:
        print("\nThe demo has ended.")
    except Failed as why:
        sys.exit(f"demo: {why}")
