"""All five products in one server at once, used by one person: what is open of each at the same time, a restart in the middle, and the person's end."""
import json
import urllib.parse

import pytest

import coaching
import practice
from attendance import Course, Place
from classroom import ok, person
from client import Stream, wait_until
from courses import Campus
from launch import binary, run
from sockets import TEXT, Socket
from tutor import KEY, openai

FAST, CALM = 5.0, 2.0  # words per second


@pytest.fixture(scope="module")
def model():
    standing_in = openai.OpenAI(KEY).start()
    yield standing_in
    standing_in.stop()


@pytest.fixture(scope="module")
def campus(model):
    """Tokens as in production; a nudge is followed by another of the same person after an hour."""
    own = Campus("--identity", "token", "--openai-failures", 10000,
                 environment={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url, "NUDGE_RATE_LIMIT_SECONDS": "3600"})
    try:
        yield own.start()
    finally:
        own.end()


@pytest.fixture(scope="module")
def course(campus):
    return campus.course(2)


@pytest.fixture
def life(campus, course):
    own = Life(campus, *course)
    yield own
    own.close()


class Life:
    """Somebody who teaches in the classroom and in attendance, learns in courses and practice, and is one of a couple in coaching."""

    def __init__(self, campus, course, videos):
        self.campus, self.api, self.video = campus, campus.api, videos[0]["id"]
        self.person = person(self.api, "teacher", "Ada")
        for area, role in (("courses", "student"), ("attendance", "teacher")):
            done = run(binary(), "role", "grant", self.person.id, area, role, "--data", campus.server.data)
            assert done.returncode == 0, done
        wait_until(lambda: self.api.get("/users/me", token=self.token).status == 200, what="the role in attendance")
        ok(wait_until(lambda: (got := self.api.post(f"/courses/{course['id']}/register", token=self.token)).status == 200 and got, what="the role in courses"))
        self.lessons = ok(self.api.post("/sessions", token=self.token, json={"title": "A class"}))["session_id"]
        self.rolls = Course(Place(campus.server, campus.google), self.person)
        self.roll = self.rolls.enrol(1)[0]
        made = practice.register(self.api, token=self.token)
        assert made.status == 200, made
        self.learner = practice.sign_in(self.api, made.json()["email"])
        self.talk = self.new_talk()
        made = coaching.sign_up(self.api, token=self.token)
        self.half = coaching.of_tokens(self.api, ok(made))
        self.other = coaching.account(self.api, display_name="Ben")
        self.couple = coaching.relate(self.api, self.half, self.other)
        self.session = ok(self.api.post("/v1/sessions", token=self.half.token,
                                        json={"relationship_id": self.couple, "participants": [self.other.id]}))["id"]
        self.watched = 0
        self.stream = self.tutor = self.coach = self.inbox = None
        self.open()

    @property
    def token(self):
        """The one of the classroom, which counts in attendance and courses too."""
        return self.person.token

    # ---- what is open ----

    def new_talk(self):
        made = self.api.post("/api/chat/sessions/", token=self.learner.token, query={"student_id": self.learner.id})
        assert made.status == 201, made
        return made.json()["id"]

    def open(self, last_id=None):
        self.stream = Stream(self.api, self.lessons, token=self.token, last_id=last_id)
        self.tutor = Socket(self.api, f"/api/chat/ws/{self.talk}", coaching.bearer(self.learner.token))
        self.coach = Socket(self.api, f"/v1/sessions/{self.session}/ws?token={self.half.token}")
        self.inbox = Socket(self.api, f"/v1/interaction/notifications?token={self.half.token}")
        assert [one.status for one in self.sockets()] == [101, 101, 101]
        self.stream.expect("connected", *(["session_state"] if last_id is None else []))
        state = self.coach.text()
        assert state["type"] == "server.session_state" and set(state["payload"]["participants"]) == {self.half.id, self.other.id}
        assert self.inbox.text() == {"type": "connection.established", "user_id": self.half.id}

    def sockets(self):
        return [self.tutor, self.coach, self.inbox]

    def close(self):
        for one in (self.stream, *self.sockets()):
            one.close()

    # ---- what happens in each ----

    def lesson(self, text):
        ok(self.api.post(f"/sessions/{self.lessons}/action", token=self.token, json={"type": "chat", "text": text}))
        assert self.stream.until("chat").data["message"] == text

    def ask(self, text):
        self.tutor.say(TEXT, text)
        assert self.tutor.until(lambda got: got["type"] == "message" and got["role"] == "assistant")["content"]

    def measure(self, rate, who=None):
        """A frame of this person's, or of the other one's on a socket of their own."""
        said = json.dumps({"type": "client.feature_frame", "sid": self.session, "payload": {"timestamp_ms": 1, "speaking_rate": rate, "overlap_ratio": 0}})
        if not who:
            self.coach.say(TEXT, said)
            return
        with Socket(self.api, f"/v1/sessions/{self.session}/ws?token={who.token}") as socket:
            assert socket.text()["type"] == "server.session_state"
            socket.say(TEXT, said)
            assert socket.until(lambda got: got["type"] == "server.nudge")

    def nudged(self):
        told = self.coach.until(lambda got: got["type"] != "server.session_state")
        assert (told["type"], told["payload"]["nudge_type"]) == ("server.nudge", "SLOW_DOWN"), told

    def poked(self, emoji):
        ok(self.api.post("/v1/pokes", token=self.other.token,
                         json={"relationship_id": self.couple, "receiver_id": self.half.id, "type": "emoji", "emoji": emoji}))
        told = self.inbox.text()
        assert (told["type"], told["emoji"], told["sender_id"]) == ("emoji_poke", emoji, self.other.id)

    def watch(self):
        self.watched += 60
        made = self.api.post("/progress", token=self.token, json={"video_id": self.video, "watchtime_seconds": 60})
        assert made.status == 201, made
        times = [day["total_time"].split(":") for day in ok(self.api.get("/attendance/me", token=self.token))]
        assert sum(int(hours) * 3600 + int(minutes) * 60 + int(seconds) for hours, minutes, seconds in times) == self.watched

    def mark(self, status, day="2025-10-26"):
        ok(self.rolls.mark(self.rolls.open(day), **{self.roll: status}))

    def all_at_once(self, mark):
        """Something in each of the five, while all that is open stays open."""
        self.lesson(f"Good {mark}")
        self.ask(f"Why {mark}?")
        self.poked(mark)
        self.watch()
        self.mark("present")


def test_one_person_in_all_five_at_once(life):
    life.all_at_once("morning")
    life.measure(CALM)
    life.measure(FAST)
    life.nudged()
    life.all_at_once("evening")
    # one person, whose accounts and roles these are
    database = life.campus.server.database()
    for table, key, own in (("attendance.users", "user_id", ""), ("practice.students", "person_id", f" and id = {life.learner.id}"),
                            ("coaching.users", "person_id", f" and id = '{life.half.id}'")):
        assert len(database.rows(f"select 1 from {table} where {key} = {life.person.id}{own}")) == 1, table
    # a token counts where it is of, and nowhere else
    for path, own, others in (("/api/auth/me", life.learner.token, (life.token, life.half.token)), ("/v1/users/me", life.half.token, (life.token, life.learner.token)),
                              ("/users/me", life.token, (life.learner.token, life.half.token))):
        ok(life.api.get(path, token=own))
        assert [life.api.get(path, token=token).status for token in others] == [401, 401], path


def test_each_goes_on_after_a_restart_in_the_middle(life):
    life.all_at_once("morning")
    life.measure(FAST)
    life.nudged()
    last_id = life.stream.last_id
    life.campus.server.kill()
    life.close()
    life.campus.server.start()
    life.open(last_id)
    life.all_at_once("evening")
    # the window of whom was nudged before holds, and the other's is another's
    life.measure(FAST)
    life.measure(FAST, life.other)
    life.nudged()
    ok(life.api.post(f"/v1/sessions/{life.session}/finalize", token=life.half.token))
    assert life.coach.closing().code() == 1000
    report = wait_until(lambda: (got := ok(life.api.get(f"/v1/sessions/{life.session}/report", token=life.half.token)))["summary"] != "Report pending..." and got, what="the report")
    assert report["summary"].startswith("2 nudges delivered. 2 slow-down suggestions, 0 pause")
    said = ok(life.api.get(f"/api/chat/sessions/{life.talk}/messages", token=life.learner.token))
    assert [one["content"] for one in said if one["role"] == "user"] == ["Why morning?", "Why evening?"]
    # what one of them ends leaves the others open
    life.talk = life.new_talk()
    life.tutor.close()
    life.tutor = Socket(life.api, f"/api/chat/ws/{life.talk}", coaching.bearer(life.learner.token))
    life.all_at_once("night")


def leftovers(database, table, value):
    """The columns that point at this row, and how many rows do."""
    columns = database.rows("select format('%I.%I', nspname, relname) as table, attname as column from pg_constraint join pg_class c on c.oid = conrelid "
                            "join pg_namespace n on n.oid = relnamespace join pg_attribute on attrelid = c.oid and attnum = conkey[array_length(conkey, 1)] "
                            f"where contype = 'f' and confrelid = '{table}'::regclass")
    counts = " union all ".join(f"select '{one['table']}.{one['column']}' as name, count(*) as n from {one['table']} where {one['column']} = {value}" for one in columns)
    return {one["name"]: one["n"] for one in database.rows(counts) if one["n"]}


def test_who_goes_as_a_person_goes_everywhere(life):
    life.all_at_once("morning")
    life.measure(FAST)
    life.nudged()
    database, number = life.campus.server.database(), life.person.id
    profile = database.one(f"select id from attendance.users where user_id = {number}")["id"]
    of_person = leftovers(database, "account.users", number)
    assert {"account", "classroom", "attendance", "courses", "practice", "coaching"} <= {name.split(".")[0] for name in of_person}, of_person
    rows = (("attendance.users", f"'{profile}'"), ("practice.students", str(life.learner.id)), ("coaching.users", f"'{life.half.id}'"))
    assert all(leftovers(database, *row) for row in rows)
    # the roll of a class is the school's: whoever keeps one is not deleted under it, and nothing is lost by trying
    with pytest.raises(AssertionError, match="foreign key"):
        database.text(f"delete from account.users where user_id = {number}")
    life.all_at_once("evening")
    database.text(f"delete from attendance.classes where id = '{life.rolls.id}'; delete from account.users where user_id = {number}")
    life.stream.rest()
    assert life.stream.at_end()
    for one in life.sockets():
        one.closing()
    assert leftovers(database, "account.users", number) == {}
    assert [leftovers(database, *row) for row in rows] == [{}, {}, {}]
    for path, token, status in (("/sessions/active", life.token, 404), ("/users/me", life.token, 401), ("/auth/users/me", life.token, 401),
                                ("/api/auth/me", life.learner.token, 401), ("/v1/users/me", life.half.token, 401)):
        assert life.api.get(path, token=token).status == status, path
    # the other one is still there
    assert ok(life.api.get("/v1/users/me", token=life.other.token))["id"] == life.other.id
