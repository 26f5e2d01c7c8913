"""Submissions of practice and their evaluation (practice contract, section 6)."""
import re

import pytest

from practice import account, evaluate, exercise, judged, submission, submit

KEYS = {"id", "student_id", "exercise_id", "code", "language", "status", "score", "feedback", "submitted_at", "completed_at", "created_at",
        "updated_at"}
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")


@pytest.fixture(scope="module")
def tess(shared):
    return account(shared.api, "teacher")


@pytest.fixture(scope="module")
def ada(shared):
    return account(shared.api)


@pytest.fixture(scope="module")
def task(shared, tess):
    return exercise(shared.api, tess)["id"]


def get(api, who, number):
    return api.get(f"/api/submissions/{number}", token=who.token)


def test_a_submission_is_kept_as_it_came(api, ada, task):
    code = "print('é \U0001f600')\r\n\tif x:\n\n  \x01\x7f ends with blanks  \n"
    made = submission(api, ada, task, code=code, language="c++")
    assert set(made) == KEYS
    assert {key: made[key] for key in ("student_id", "exercise_id", "code", "language", "status", "score", "feedback", "completed_at")} == {
        "student_id": ada.id, "exercise_id": task, "code": code, "language": "c++", "status": "submitted", "score": None, "feedback": None,
        "completed_at": None}
    assert made["submitted_at"] == made["created_at"] == made["updated_at"] and STAMP.match(made["created_at"])
    assert get(api, ada, made["id"]).json() == made


def test_python_is_the_language_and_empty_code_is_code(api, ada, task):
    assert submission(api, ada, task, code="")["language"] == "python"


@pytest.mark.parametrize("code", ["x" * (1 << 20), "\x01" * (1 << 20), "é" * (1 << 19)], ids=["plain", "escaped", "wide"])
def test_a_megabyte_of_code_is_taken(api, ada, task, code):
    assert submission(api, ada, task, code=code)["code"] == code


def test_code_is_never_in_the_log(api, server, ada, task):
    submission(api, ada, task, code="print('never-in-the-log')")
    assert "never-in-the-log" not in server.stderr()


@pytest.mark.parametrize("changes, field", [
    ({"code": ...}, "code"), ({"code": None}, "code"), ({"code": 5}, "code"), ({"code": "NUL\0"}, "code"), ({"student_id": ...}, "student_id"),
    ({"exercise_id": ...}, "exercise_id"), ({"exercise_id": "x"}, "exercise_id"), ({"exercise_id": 0}, "exercise_id"),
    ({"exercise_id": -1}, "exercise_id"), ({"exercise_id": 2 ** 31}, "exercise_id"), ({"exercise_id": 2 ** 32 + 1}, "exercise_id"),
    ({"exercise_id": 1.5}, "exercise_id"), ({"exercise_id": 10 ** 30}, "exercise_id"), ({"exercise_id": -(10 ** 30)}, "exercise_id"),
    ({"exercise_id": 2 ** 64 + 1}, "exercise_id"), ({"student_id": None}, "student_id"), ({"student_id": 2 ** 40}, "student_id"),
    ({"language": "l" * 51}, "language"), ({"language": None}, "language"), ({"student_id": True}, "student_id")])
def test_what_is_wrong_with_a_submission_is_listed(api, ada, task, changes, field):
    body = {"student_id": ada.id, "exercise_id": task, "code": "x", **changes}
    answer = api.post("/api/submissions/", token=ada.token, json={key: value for key, value in body.items() if value is not ...})
    assert answer.status == 422 and [fault["loc"] for fault in answer.detail] == [["body", field]]


def test_who_may_submit_what(api, ada, tess, task):
    other = account(api)
    refused = submit(api, other, task, student_id=ada.id)
    assert (refused.status, refused.detail) == (403, "Cannot submit code for another student")
    assert submit(api, other, 2 ** 31 - 1, student_id=ada.id).status == 403, "somebody else's comes before the exercise"
    unknown = submit(api, other, 2 ** 31 - 1)
    assert (unknown.status, unknown.detail) == (404, "Exercise not found")
    teacher = submit(api, tess, task)
    assert (teacher.status, teacher.detail) == (403, "Only students can submit code")
    assert api.get(f"/api/submissions/student/{other.id}", token=other.token).json() == []
    assert api.get(f"/api/analytics/student/{other.id}/progress", token=other.token).json() == []


def test_the_same_code_twice_is_two_submissions(api, tess):
    task, student = exercise(api, tess)["id"], account(api)
    first, second = submission(api, student, task), submission(api, student, task)
    assert first["id"] < second["id"]
    assert api.get(f"/api/submissions/student/{student.id}", token=student.token).json() == [first, second]
    assert api.get(f"/api/submissions/exercise/{task}", token=tess.token).json() == [first, second]


def test_submissions_are_read_by_their_student_and_by_teachers(api, tess, task):
    student, other = account(api), account(api)
    made = submission(api, student, task)
    assert get(api, tess, made["id"]).json() == made
    refused = [get(api, other, made["id"]), api.get(f"/api/submissions/student/{student.id}", token=other.token)]
    assert {(answer.status, answer.detail) for answer in refused} == {(403, "Access denied: Cannot access other students' submissions")}
    missing = get(api, other, 2 ** 31 - 1)
    assert (missing.status, missing.detail) == (404, "Submission not found")
    assert api.get(f"/api/submissions/student/{student.id}", token=tess.token).json() == [made]
    assert api.get("/api/submissions/student/2147483647", token=tess.token).json() == []
    assert api.get("/api/submissions/exercise/2147483647", token=tess.token).json() == []
    closed = api.get(f"/api/submissions/exercise/{task}", token=student.token)
    assert (closed.status, closed.detail) == (403, "Access denied: Teachers only")


def test_pages_of_submissions_do_not_overlap(api, tess):
    task, student = exercise(api, tess)["id"], account(api)
    made = [submission(api, student, task)["id"] for _ in range(5)]
    for path, who in ((f"/api/submissions/student/{student.id}", student), (f"/api/submissions/exercise/{task}", tess)):
        pages = [api.get(path, token=who.token, query={"skip": skip, "limit": 2}).json() for skip in (0, 2, 4, 6)]
        assert [[one["id"] for one in page] for page in pages] == [made[:2], made[2:4], made[4:], []]
        for query in ({"limit": 0}, {"limit": 1001}, {"skip": -1}):
            assert api.get(path, token=who.token, query=query).status == 422


def test_a_page_of_much_code_arrives_whole(api, tess):
    task, student = exercise(api, tess)["id"], account(api)
    codes = [letter * 1000000 for letter in "abcdefghijkl"]
    for code in codes:
        submission(api, student, task, code=code)
    for path, who in ((f"/api/submissions/student/{student.id}", student), (f"/api/submissions/exercise/{task}", tess)):
        answer = api.get(path, token=who.token)
        assert [one["code"] for one in answer.json()] == codes and answer.header("transfer-encoding") == "chunked"
        part = api.get(path, token=who.token, query={"skip": 3, "limit": 5})
        assert [one["code"] for one in part.json()] == codes[3:8]
        assert api.get(path, token=who.token, query={"limit": 1}).header("content-length")


# ---- evaluation ----

@pytest.mark.parametrize("status, completes", [("passing", True), ("completed", True), ("mastered", True), ("failing", False), ("draft", False),
                                               ("submitted", False), ("in_progress", False)])
def test_a_verdict_is_kept_with_score_and_feedback(api, tess, ada, task, status, completes):
    made = submission(api, ada, task)
    answer = evaluate(api, tess, made["id"], status, score=77, feedback="Well done & more: é")
    assert answer.status == 200 and answer.json()["message"] == "Submission evaluated"
    told = answer.json()["submission"]
    assert set(told) == KEYS and (told["status"], told["score"], told["feedback"]) == (status, 77, "Well done & more: é")
    assert bool(told["completed_at"]) is completes and told["updated_at"] > made["updated_at"]
    assert {key: told[key] for key in ("code", "created_at", "submitted_at")} == {key: made[key] for key in ("code", "created_at", "submitted_at")}
    assert get(api, ada, made["id"]).json() == told


def test_what_is_not_given_stays_and_the_last_verdict_counts(api, tess, ada, task):
    number = submission(api, ada, task)["id"]
    first = judged(api, tess, number, "passing", score=60, feedback="First")
    second = judged(api, tess, number, "failing")
    assert (second["status"], second["score"], second["feedback"], second["completed_at"]) == ("failing", 60, "First", first["completed_at"])
    third = judged(api, tess, number, "mastered", score=0, feedback="")
    assert (third["score"], third["feedback"]) == (0, "") and third["completed_at"] > first["completed_at"]


def test_a_verdict_may_stand_in_the_body(api, tess, ada, task):
    number = submission(api, ada, task)["id"]
    path = f"/api/submissions/{number}/evaluate"
    told = api.put(path, token=tess.token, json={"status": "passing", "score": 12, "feedback": "By body"}).json()["submission"]
    assert (told["status"], told["score"], told["feedback"]) == ("passing", 12, "By body")
    told = api.put(path, token=tess.token, query={"status": "failing", "score": 99}, json={"status": "passing", "score": 1}).json()["submission"]
    assert (told["status"], told["score"]) == ("failing", 99), "the query comes first"
    assert api.put(path, token=tess.token, json={"status": "passing", "score": 101}).status == 422


@pytest.mark.parametrize("query, field", [({}, "status"), ({"score": 5}, "status"), ({"status": "great"}, "status"), ({"status": ""}, "status"),
                                          ({"status": "PASSING"}, "status"), ({"status": "passing", "score": -1}, "score"),
                                          ({"status": "passing", "score": 101}, "score"), ({"status": "passing", "score": "x"}, "score"),
                                          ({"status": "passing", "score": 50.5}, "score"), ({"status": "passing", "score": 2 ** 33}, "score"),
                                          ({"status": "passing", "feedback": "\0"}, "feedback")])
def test_what_is_wrong_with_a_verdict_is_listed(api, tess, ada, task, query, field):
    made = submission(api, ada, task)
    answer = api.put(f"/api/submissions/{made['id']}/evaluate", token=tess.token, query=query)
    assert answer.status == 422 and [fault["loc"] for fault in answer.detail] == [["query", field]]
    assert {"msg", "type"} <= set(answer.detail[0]) and get(api, ada, made["id"]).json() == made


def test_who_may_judge(api, tess, ada, task):
    made = submission(api, ada, task)
    refused = evaluate(api, ada, made["id"], "passing")
    assert (refused.status, refused.detail) == (403, "Access denied: Teachers only")
    unknown = evaluate(api, tess, 2 ** 31 - 1, "passing")
    assert (unknown.status, unknown.detail) == (404, "Submission not found")
    assert api.put(f"/api/submissions/{made['id']}/evaluate?status=passing").status == 401


def test_results_of_runs_go_with_their_submission(api, server, tess, ada):
    task = exercise(api, tess)["id"]
    made = submission(api, ada, task)
    server.database().text("insert into practice.code_execution_results (submission_id, execution_result) "
                           f"values ({made['id']}, '{{\"stdout\":\"3\"}}')")
    assert api.delete(f"/api/exercises/{task}", token=tess.token).status == 200
    count = server.database().one(f"select count(*) as n from practice.code_execution_results where submission_id = {made['id']}")
    assert count["n"] == 0
