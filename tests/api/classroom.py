"""People and rooms for the tests: who calls, in which session, and the few gestures every test makes."""
import base64
import hashlib
import hmac
import itertools
import json
import os
from typing import NamedTuple

from client import STAMP, Stream

ABSENT = 2_000_000_000
TOO_BIG = 2**31
SECRET = "a secret of the tests, longer than 32 bytes"

_numbers = itertools.count(1)
_run = int.from_bytes(os.urandom(4), "big")


class Person(NamedTuple):
    id: int
    name: str
    phone: str
    role: str
    token: str


def new_phone():
    return f"{_run:010d}{next(_numbers):06d}"


def register(api, role="student", name=None, password="pass123", phone=None):
    phone = phone or new_phone()
    name = name or f"{role.title()} {phone[-6:]}"
    return api.post("/auth/register", json={"name": name, "phone_number": phone, "password": password, "role": role})


def login(api, phone, password="pass123", **more):
    return api.post("/auth/login", form={"username": phone, "password": password}, **more)


def person(api, role="student", name=None):
    registered = register(api, role, name)
    assert registered.status == 200, registered
    user = registered.json()
    signed = login(api, user["phone_number"])
    assert signed.status == 200, signed
    return Person(user["user_id"], user["name"], user["phone_number"], role, signed.json()["access_token"])


def claims(token):
    head, body, _ = token.split(".")
    return [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (head, body)]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(head, body, secret=SECRET, digest=hashlib.sha256):
    text = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(body).encode())}"
    return f"{text}.{b64(hmac.new(secret.encode(), text.encode(), digest).digest())}"


def is_stamp(text):
    return isinstance(text, str) and STAMP.match(text) is not None


def loc_of(answer):
    """The places a validation answer names; the form of the answer is checked on the way."""
    assert answer.status == 422, answer
    items = answer.detail
    assert isinstance(items, list) and items, answer
    for item in items:
        assert set(item) >= {"loc", "msg", "type"} and isinstance(item["loc"], list), answer
    return [item["loc"] for item in items]


def ok(answer):
    assert answer.status == 200, answer
    assert (answer.header("content-type") or "").startswith("application/json"), answer.headers
    return answer.json()


def refused(answer, status, detail):
    assert (answer.status, answer.detail) == (status, detail), answer


def register_token(api, who, token=None, **more):
    """A device of somebody's, by its push token; makes one up. Returns the token and what was answered."""
    token = token or f"device-of-{who.id}-{next(_numbers)}"
    return token, ok(api.post("/users/fcm-token", who, json={"token": token, **more}))["message"]


def hears_only(room, who, **options):
    """The data of the one event that a stream says before it ends in order, and the connection with it."""
    with Stream(room.api, room.id, who, **options) as stream:
        (frame,) = stream.rest()
        assert frame.id is None and stream.reader.ended and stream.at_end()
        return frame.data


class Room:
    """A session of its own with its creator."""

    def __init__(self, api, teacher=None, title="A class"):
        self.api = api
        self.teacher = teacher or person(api, "teacher")
        self.created = ok(api.post("/sessions", self.teacher, json={"title": title}))
        self.id = self.created["session_id"]

    def path(self, rest=""):
        return f"/sessions/{self.id}{rest}"

    def student(self, name=None):
        return person(self.api, "student", name)

    def join(self, who, **more):
        return ok(self.api.post(self.path("/join"), who, **more))["participant_id"]

    def stream(self, who, ready=True, **options):
        """An open stream; ready: the two first frames are read already."""
        stream = Stream(self.api, self.id, who, **options)
        if ready:
            stream.expect("connected", "session_state")
        return stream

    def action(self, who, kind, **fields):
        return self.api.post(self.path("/action"), who, json={"type": kind, **fields})

    def act(self, who, kind, **fields):
        answer = self.action(who, kind, **fields)
        assert ok(answer) == {"ok": True}, answer
        return answer

    def mute(self, pid, who=None, **more):
        return self.api.post(self.path(f"/participants/{pid}/mute"), who or self.teacher, **more)

    def kick(self, pid, who=None):
        return self.api.delete(self.path(f"/participants/{pid}"), who or self.teacher)

    def chat(self, who, pid, message):
        return self.api.post(self.path("/chat"), who, json={"participant_id": pid, "message": message})

    def history(self, who=None):
        return ok(self.api.get(self.path("/chat"), who or self.teacher))

    def invite(self, who, caller=None, **more):
        """As the app does, by multipart, or with another body."""
        body = more or {"parts": {"student_id": getattr(who, "id", who)}}
        return self.api.post(self.path("/invite"), caller or self.teacher, **body)

    def end(self, who=None):
        return self.api.delete(self.path(), who or self.teacher)

    def state(self, who=None):
        return ok(self.api.get(self.path("/state"), who or self.teacher))

    def logs(self, **query):
        return ok(self.api.get(self.path("/logs"), self.teacher, query={"limit": 1000, **query}))["logs"]

    def log_types(self):
        """Event types of the log, oldest first."""
        return [row["event_type"] for row in reversed(self.logs())]

    def summary(self):
        return ok(self.api.get(self.path("/logs/summary"), self.teacher))

    def fence(self, *streams):
        """A chat from the creator that each stream reads up to: what a stream did not see before it never comes.
        Returns for each stream what came before the fence."""
        text = f"fence {next(_numbers)}"
        self.act(self.teacher, "chat", text=text)
        before = []
        for stream in streams:
            start = len(stream.seen)
            stream.until(lambda frame: frame.event == "chat" and frame.data["text"] == text)
            before.append(stream.seen[start:-1])
        return before[0] if len(before) == 1 else before
