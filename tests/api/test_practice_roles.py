"""Every endpoint of practice for students, teachers and nobody; what students never see, wherever it might be (practice contract, sections
3.4 and 5). The endpoints are those of the document, so that a new one is missing here until it has been thought of."""
import json

import pytest

from practice import PASSWORD, account, exercise, judged, new_email, sign_in, submission, submit

SOLUTION, HIDDEN = "THE-SOLUTION-OF-IT", "THE-HIDDEN-CASE-OF-IT"
OPEN = {"POST /api/auth/register", "POST /api/auth/register/teacher", "POST /api/auth/login", "POST /api/auth/login/teacher",
        "POST /api/auth/refresh", "GET /api/health", "GET /health"}
TEACHERS = {"GET /api/auth/me/teacher", "POST /api/exercises/", "PUT /api/exercises/{exercise_id}", "DELETE /api/exercises/{exercise_id}",
            "GET /api/submissions/exercise/{exercise_id}", "PUT /api/submissions/{submission_id}/evaluate", "GET /api/analytics/students"}
STUDENTS = {"POST /api/submissions/": "Only students can submit code"}
BOTH = {"POST /api/auth/logout", "POST /api/auth/change-password", "GET /api/auth/me", "PUT /api/auth/me", "GET /api/exercises/",
        "GET /api/exercises/{exercise_id}", "GET /api/submissions/{submission_id}", "GET /api/submissions/student/{student_id}",
        "GET /api/analytics/student/{student_id}/progress", "GET /api/analytics/student/{student_id}/stats",
        "GET /api/analytics/exercise/{exercise_id}/stats", "GET /api/analytics/leaderboard", "GET /api/topics", "GET /api/quizzes"}
OF_ONE = {"GET /api/submissions/{submission_id}", "GET /api/submissions/student/{student_id}",
          "GET /api/analytics/student/{student_id}/progress", "GET /api/analytics/student/{student_id}/stats"}


@pytest.fixture(scope="module")
def endpoints(shared):
    """"METHOD path" of all that is not the tutor's or the server's own."""
    paths = shared.api.get("/m/practice/openapi.json").json()["paths"]
    names = [f"{method.upper()} {path}" for path, methods in paths.items() for method, told in methods.items() if "practice" in told["tags"]]
    return [name for name in names if "/chat/" not in name]


class School:
    """A teacher, two students, an exercise of which one has submitted something; calls with values that are good."""

    def __init__(self, api):
        self.api = api
        self.tess, self.ada, self.ben = account(api, "teacher"), account(api), account(api)
        self.topic = f"topic of {self.tess.id}"  # by which its exercise is on the first page, however many there are
        self.task = exercise(api, self.tess, topic=self.topic, solution_code=SOLUTION, test_cases=[{"input": HIDDEN, "hidden": True}, {"input": "seen"}])
        self.done = submission(api, self.ada, self.task["id"])
        judged(api, self.tess, self.done["id"], "passing", score=95)

    def call(self, name, who, **changes):
        method, path = name.split(" ")
        ids = {"exercise_id": self.task["id"], "submission_id": self.done["id"], "student_id": self.ada.id, **changes}
        more = {}
        if "/exercises/" in path and method in ("POST", "PUT"):
            more["json"] = {"title": "Sum", "description": "Add", "difficulty_level": "easy", "topic": self.topic}
        elif path.rstrip("/") == "/api/exercises":
            more["query"] = {"topic": self.topic}
        elif path == "/api/submissions/":
            more["json"] = {"student_id": who.id if who else 1, "exercise_id": ids["exercise_id"], "code": "x"}
        elif path.endswith("/evaluate"):
            more["query"] = {"status": "passing", "score": 95}
        elif path.endswith("/change-password"):
            more["json"] = {"old_password": PASSWORD, "new_password": PASSWORD}
        elif path == "/api/auth/refresh":
            more["json"] = {"refresh_token": who.refresh if who else "none"}
        elif "/auth/" in path and method in ("POST", "PUT") and not path.endswith("/logout"):
            more["json"] = {"email": new_email(), "name": "New", "password": PASSWORD}
            if method == "PUT":
                more["json"] = {"name": "Ada"}
        return self.api.call(method, path.format(**ids), token=who.token if who else None, **more)


@pytest.fixture
def school(api):
    return School(api)


def test_every_endpoint_has_its_place_in_the_matrix(endpoints):
    assert sorted(endpoints) == sorted(OPEN | TEACHERS | set(STUDENTS) | BOTH)


def test_the_matrix_of_roles(school):
    for name in sorted(TEACHERS | BOTH | set(STUDENTS)):
        answer = school.call(name, None)
        assert (answer.status, answer.detail) == (401, "Not authenticated"), name
    for name in sorted(TEACHERS):
        answer = school.call(name, school.ben)
        assert (answer.status, answer.detail) == (403, "Access denied: Teachers only"), name
    for name, words in STUDENTS.items():
        answer = school.call(name, school.tess)
        assert (answer.status, answer.detail) == (403, words), name
        assert school.call(name, school.ben).status == 201
    for name in sorted(BOTH - {"POST /api/auth/logout"}):
        assert school.call(name, school.tess).status == 200, name
        assert school.call(name, school.ada).status == 200, name
        assert school.call(name, school.ben).status == (403 if name in OF_ONE else 200), name
    for name in sorted(TEACHERS - {"DELETE /api/exercises/{exercise_id}"}):
        assert school.call(name, school.tess).status in (200, 201), name
    assert school.call("DELETE /api/exercises/{exercise_id}", school.tess).status == 200
    for who in (school.tess, school.ben):
        assert school.call("POST /api/auth/logout", who).status == 200
        assert school.call("GET /api/auth/me", who).status == 401


def test_what_is_refused_has_changed_nothing(api, school):
    before = api.get(f"/api/exercises/{school.task['id']}", token=school.tess.token).json()
    for name in sorted(TEACHERS):
        school.call(name, school.ben)
        school.call(name, None)
    submit(api, school.tess, school.task["id"])
    assert api.get(f"/api/exercises/{school.task['id']}", token=school.tess.token).json() == before
    assert api.get(f"/api/submissions/exercise/{school.task['id']}", token=school.tess.token).json() == [
        {**school.done, **api.get(f"/api/submissions/{school.done['id']}", token=school.tess.token).json()}]


def test_solutions_and_hidden_cases_reach_no_student_by_any_endpoint(api, endpoints, school):
    """Every endpoint, in both forms of its path, with each credential, by its good and its refused answers; and a teacher does see both."""
    seen = set()
    for name in endpoints:
        for form in (name, name.rstrip("/") if name.endswith("/") else name + "/"):
            if name in ("POST /api/auth/logout", "POST /api/auth/change-password"):
                continue  # they answer one sentence, and end what is needed here
            for who in (school.ada, school.ben):
                told = school.call(form, who).body.decode()
                assert SOLUTION not in told and HIDDEN not in told, (form, who)
            method, path = form.split(" ")
            path = path.format(exercise_id=school.task["id"], submission_id=school.done["id"], student_id=school.ada.id)
            told = api.call(method, path, query={"topic": school.topic}, headers={"X-Session-ID": sign_in(api, school.ada.email).composed}).body.decode()
            assert SOLUTION not in told and HIDDEN not in told, form
            if method == "GET":
                told = school.call(form, school.tess).body.decode()
                seen |= {name} if SOLUTION in told and HIDDEN in told else set()
        school.ada, school.ben = sign_in(api, school.ada.email), sign_in(api, school.ben.email)
    assert seen == {"GET /api/exercises/", "GET /api/exercises/{exercise_id}"}


def test_a_student_cannot_ask_for_what_is_hidden(api, school):
    path = f"/api/exercises/{school.task['id']}"
    for query in ({"role": "teacher"}, {"hidden": "true"}, {"include": "solution_code"}, {"user_id": school.tess.id}):
        told = api.get(path, token=school.ada.token, query=query).body.decode()
        assert SOLUTION not in told and HIDDEN not in told
    for headers in ({"X-Role": "teacher"}, {"X-Session-ID": school.tess.composed}):
        told = api.get(path, token=school.ada.token, headers=headers).body.decode()
        assert SOLUTION not in told and HIDDEN not in told


def test_values_are_judged_before_the_rank_and_existence_after_it(api, school):
    ben = school.ben.token
    assert api.post("/api/exercises/", token=ben, json={}).status == 422
    assert api.put("/api/exercises/x", token=ben, json={"title": "x"}).status == 422
    assert api.put("/api/exercises/2147483647", token=ben, json={"title": "x"}).status == 403
    assert api.delete("/api/exercises/2147483647", token=ben).status == 403
    assert api.put("/api/submissions/2147483647/evaluate?status=nonsense", token=ben).status == 422
    assert api.put("/api/submissions/2147483647/evaluate?status=passing", token=ben).status == 403
    assert api.post("/api/submissions/", token=school.tess.token, json={"code": 5}).status == 422
    assert api.post("/api/exercises/", body=b"{", content_type="application/json").status == 401, "who is calling comes first"
    assert api.get("/api/submissions/2147483647", token=ben).status == 404


def test_what_a_teacher_sees_is_whole(api, school):
    shown = api.get(f"/api/exercises/{school.task['id']}", token=school.tess.token).json()
    assert shown["solution_code"] == SOLUTION and json.dumps(shown["test_cases"][0]) == json.dumps({"input": HIDDEN, "hidden": True})
