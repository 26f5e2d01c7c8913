"""What the tests of the attendance area share: a server with a Google of its own, people of the area, their classes."""
import itertools
import sys
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outside"))
from google import Google  # noqa: E402

from classroom import ok

_numbers = itertools.count(1)
_run = uuid.uuid4().hex[:8]


class Person(NamedTuple):
    id: str
    email: str
    name: str
    role: str
    token: str


def fresh(word):
    """A word that no other test uses."""
    return f"{word}-{_run}-{next(_numbers)}"


def quoted(text):
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


class Place:
    """A server and its Google."""

    def __init__(self, server, google):
        self.server, self.google, self.api = server, google, server.api
        self.database = server.database()

    def allow(self, email, role="teacher", name="On The List"):
        self.database.text("insert into allowed_emails (id, email, name, role) "
                           f"values ('{uuid.uuid4()}', {quoted(email)}, {quoted(name)}, '{role}')")
        return email

    def sign_in(self, email, name="Ada", **changes):
        return self.api.post("/auth/google", json={"idToken": self.google.token(email, name, **changes)})

    def person(self, role="teacher", email=None, name=None):
        email = self.allow(email or fresh(role) + "@example.org", role)
        answer = ok(self.sign_in(email, name or fresh("Name")))
        user = answer["user"]
        return Person(user["id"], user["email"], user["name"], user["role"], answer["token"])

    def user_id(self, who):
        return self.database.one(f"select user_id from attendance.users where id = '{who.id}'")["user_id"]


def start_place(start_server, *options, **more):
    google = Google().start()
    server = start_server("--google-client-id", google.client_id, "--google-jwks-url", google.url, *options, **more)
    return Place(server, google)


class Course:
    """A class of a teacher's, with gestures for what most tests do to it."""

    def __init__(self, place, teacher, **body):
        self.api, self.teacher = place.api, teacher
        body = {"code": fresh("CO"), "name": "Data Structures", "section": "A", **body}
        answer = self.api.post("/classes", token=teacher.token, json=body)
        assert answer.status == 201, answer
        self.id, self.code, self.section = answer.json()["id"], body["code"], body["section"]

    def shown(self, who=None):
        """This class in somebody's list."""
        found = [one for one in ok(self.api.get("/classes", token=(who or self.teacher).token)) if one["id"] == self.id]
        assert len(found) == 1, found
        return found[0]

    def roster(self, *students, who=None):
        body = {"students": [one if isinstance(one, dict) else {"rollNo": one, "name": f"Student {one}"} for one in students]}
        return self.api.call("PUT", f"/classes/{self.id}/students", token=(who or self.teacher).token, json=body)

    def enrol(self, n):
        rolls = [fresh("23/CS") for _ in range(n)]
        ok(self.roster(*rolls))
        return rolls

    def session(self, day="2025-10-26", who=None, **more):
        body = {"classId": self.id, "sessionDate": str(day), **more}
        return self.api.post("/attendance/sessions", token=(who or self.teacher).token, json=body)

    def open(self, day="2025-10-26"):
        return ok(self.session(day))["sessionId"]

    def mark(self, session, who=None, **statuses):
        return self.update(session, [{"rollNo": roll, "status": status} for roll, status in statuses.items()], who)

    def update(self, session, updates, who=None):
        path = f"/attendance/sessions/{session}/statuses"
        return self.api.call("PUT", path, token=(who or self.teacher).token, json={"updates": updates})

    def sessions(self, who=None, **query):
        return self.api.get("/attendance/sessions", token=(who or self.teacher).token, query={"classId": self.id, **query})

    def stats(self, who=None):
        return self.api.get(f"/stats/classes/{self.id}/students", token=(who or self.teacher).token)

    def slot(self, day=1, start="09:00", end="10:00", who=None):
        body = {"day_of_week": day, "start_time": start, "end_time": end}
        return self.api.post(f"/classes/{self.id}/schedules", token=(who or self.teacher).token, json=body)

    def move(self, who=None, **changes):
        body = {"original_date": "2025-10-27", "rescheduled_date": "2025-10-29", "rescheduled_start_time": "11:00",
                "rescheduled_end_time": "12:00", **changes}
        body = {key: value for key, value in body.items() if value is not ...}
        return self.api.post(f"/classes/{self.id}/reschedules", token=(who or self.teacher).token, json=body)

    def moves(self, who=None, **query):
        return self.api.get(f"/classes/{self.id}/reschedules", token=(who or self.teacher).token, query=query)


class Desk:
    """A class with a slot, a moved occurrence, a student and a session; `values` are what the document's examples are sent with."""

    def __init__(self, place):
        teacher, admin = place.person("teacher"), place.person("admin")
        self.course = Course(place, teacher)
        roll, email = self.course.enrol(1)[0], place.allow(fresh("ada") + "@example.org")
        self.course.slot()
        session = self.course.open()
        self.course.mark(session, **{roll: "present"})
        self.people = {"teacher": teacher, "admin": admin, "known": teacher}
        self.values = {"class_id": self.course.id, "classId": self.course.id, "session_id": session, "id": self.course.move().json()["id"],
                       "idToken": place.google.token(email), "updates": [{"rollNo": roll, "status": "late", "similarityScore": 92.46}]}
        self.other = {"POST /classes": {"code": fresh("CO")}, "POST /classes/{class_id}/schedules": {"day_of_week": 2}}


def days(first, n):
    return [str(date.fromisoformat(first) + timedelta(days=i)) for i in range(n)]


def is_instant(text):
    from datetime import datetime
    return datetime.fromisoformat(text).utcoffset() == timedelta(0)


def is_uuid(text):
    return str(uuid.UUID(text)) == text
