"""People and exercises for the tests of the practice area."""
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

PASSWORD = "pass123"
_numbers = itertools.count(1)
_run = f"{int.from_bytes(os.urandom(4), 'big'):x}"


class Account(NamedTuple):
    """Somebody who is signed in."""
    id: int
    role: str
    email: str
    name: str
    token: str
    refresh: str

    @property
    def composed(self):
        """The header that the web client makes of its login."""
        return f"{self.role}|{self.id}|{self.email}"


def new_email(role="student"):
    return f"{role}-{_run}-{next(_numbers)}@example.org"


def path_for(what, role):
    return f"/api/auth/{what}" + ("/teacher" if role == "teacher" else "")


def register(api, role="student", token=None, **changes):
    body = {"email": new_email(role), "name": "Ada", "password": PASSWORD, **changes}
    return api.post(path_for("register", role), token=token, json={key: value for key, value in body.items() if value is not ...})


def login(api, email, role="student", password=PASSWORD, **more):
    return api.post(path_for("login", role), json={"email": email, "password": password}, **more)


def sign_in(api, email, role="student", password=PASSWORD):
    answer = login(api, email, role, password)
    assert answer.status == 200, answer
    told = answer.json()
    return Account(told["user_id"], role, told["email"], told["name"], told["access_token"], told["refresh_token"])


def account(api, role="student", **changes):
    made = register(api, role, **changes)
    assert made.status == 200, made
    return sign_in(api, made.json()["email"], role)


def exercise(api, teacher, **changes):
    body = {"title": "Sum", "description": "Add two numbers", "difficulty_level": "beginner", "topic": "functions", **changes}
    made = api.post("/api/exercises/", token=teacher.token, json=body)
    assert made.status == 201, made
    return made.json()


def submit(api, student, exercise_id, code="print(3)", **changes):
    return api.post("/api/submissions/", token=student.token,
                    json={"student_id": student.id, "exercise_id": exercise_id, "code": code, **changes})


def submission(api, student, exercise_id, **changes):
    made = submit(api, student, exercise_id, **changes)
    assert made.status == 201, made
    return made.json()


def evaluate(api, teacher, submission_id, status=None, **query):
    return api.put(f"/api/submissions/{submission_id}/evaluate", token=teacher.token, query={"status": status, **query})


def judged(api, teacher, submission_id, status, **query):
    answer = evaluate(api, teacher, submission_id, status, **query)
    assert answer.status == 200, answer
    return answer.json()["submission"]


def progress_of(api, student, exercise_id):
    answer = api.get(f"/api/analytics/student/{student.id}/progress", token=student.token)
    assert answer.status == 200, answer
    rows = [row for row in answer.json() if row["exercise_id"] == exercise_id]
    assert len(rows) == 1, rows
    return rows[0]


def at_once(calls):
    """Does all of them at the same time; what they give, in their order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call) for call in calls]]
