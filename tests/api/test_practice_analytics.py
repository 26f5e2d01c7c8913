"""Statistics and leaderboard of practice (practice contract, sections 8.2 to 8.5 and 14)."""
import pytest

from practice import account, exercise, judged, submission


@pytest.fixture(scope="module")
def school(start_module_server):
    """A server of its own, since the leaderboard is of everybody."""
    return start_module_server()


@pytest.fixture(scope="module")
def api(school):
    return school.api


@pytest.fixture(scope="module")
def tess(api):
    return account(api, "teacher")


@pytest.fixture(scope="module")
def tasks(api, tess):
    return [exercise(api, tess)["id"] for _ in range(3)]


def get(api, who, path, **query):
    return api.get(f"/api/analytics/{path}", token=who.token, query=query)


def solve(api, tess, student, task, status="passing", score=None):
    return judged(api, tess, submission(api, student, task)["id"], status, score=score)


def test_of_nobody_nothing_is_told(api, tess, tasks):
    student = account(api)
    zeros = {"student_id": student.id, "total_exercises": 3, "completed_exercises": 0, "mastered_exercises": 0, "average_score": 0,
             "total_attempts": 0, "total_time_spent_minutes": 0, "last_activity": None}
    assert get(api, student, f"student/{student.id}/stats").json() == zeros
    assert get(api, tess, f"student/{student.id}/stats").json() == zeros
    assert get(api, tess, "student/2147483647/stats").json() == {**zeros, "student_id": 2147483647}
    assert get(api, student, f"student/{student.id}/progress").json() == get(api, tess, "student/2147483647/progress").json() == []
    assert get(api, student, "leaderboard").json() == {"leaderboard": []}
    assert get(api, student, f"exercise/{tasks[0]}/stats").json() == {
        "exercise_id": tasks[0], "total_attempts": 0, "successful_attempts": 0, "average_score": 0, "average_time_minutes": 0,
        "completion_rate": 0, "mastery_rate": 0}


def test_statistics_of_a_student(api, tess, tasks):
    student = account(api)
    submission(api, student, tasks[0])
    solve(api, tess, student, tasks[0], score=70)
    solve(api, tess, student, tasks[1], score=95)
    latest = solve(api, tess, student, tasks[2], "failing", score=36)
    assert get(api, student, f"student/{student.id}/stats").json() == {
        "student_id": student.id, "total_exercises": 3, "completed_exercises": 2, "mastered_exercises": 1, "average_score": 67,
        "total_attempts": 4, "total_time_spent_minutes": 0, "last_activity": latest["updated_at"]}
    later = submission(api, student, tasks[0])
    assert get(api, tess, f"student/{student.id}/stats").json()["last_activity"] == later["created_at"]
    solve(api, tess, student, tasks[2], "failing", score=37)
    assert get(api, student, f"student/{student.id}/stats").json()["average_score"] == pytest.approx(202 / 3, abs=1e-12), "not rounded"


def test_only_the_student_and_teachers_read_them(api, tess):
    student, other = account(api), account(api)
    for what, words in (("progress", "Access denied: Cannot access other students' progress"),
                        ("stats", "Access denied: Cannot access other students' stats")):
        refused = get(api, other, f"student/{student.id}/{what}")
        assert (refused.status, refused.detail) == (403, words)
        assert get(api, tess, f"student/{student.id}/{what}").status == get(api, student, f"student/{student.id}/{what}").status == 200
        for number in (0, -1, 2 ** 31, 2 ** 64, "x", "1.5"):
            assert get(api, tess, f"student/{number}/{what}").status in (404, 422), number


def test_pages_of_progress_are_in_the_order_of_ids(api, tess):
    student = account(api)
    tasks = [exercise(api, tess)["id"] for _ in range(3)]
    for task in reversed(tasks):
        submission(api, student, task)
    rows = get(api, student, f"student/{student.id}/progress").json()
    assert [row["exercise_id"] for row in rows] == tasks[::-1] and [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert get(api, student, f"student/{student.id}/progress", skip=1, limit=1).json() == rows[1:2]
    assert get(api, student, f"student/{student.id}/progress", limit=0).status == 422
    for task in tasks:
        api.delete(f"/api/exercises/{task}", token=tess.token)


def test_statistics_of_an_exercise(api, tess):
    task = exercise(api, tess)["id"]
    for status, score in (("passing", 80), ("passing", 100), ("failing", 30), ("completed", None)):
        solve(api, tess, account(api), task, status, score)
    student = account(api)
    submission(api, student, task)
    submission(api, student, task)
    assert get(api, student, f"exercise/{task}/stats").json() == {
        "exercise_id": task, "total_attempts": 5, "successful_attempts": 3, "average_score": 70, "average_time_minutes": 0,
        "completion_rate": 60, "mastery_rate": 20}
    missing = get(api, student, "exercise/2147483647/stats")
    assert (missing.status, missing.detail) == (404, "Exercise not found")
    api.delete(f"/api/exercises/{task}", token=tess.token)


def test_the_leaderboard(start_server):
    api = start_server().api
    tess = account(api, "teacher")
    tasks = [exercise(api, tess)["id"] for _ in range(2)]
    names = ["two low", "one high", "two high", "nothing", "one, none", "one high, later", "failed"]
    students = {name: account(api, name=name) for name in names}
    for name, scores in (("two low", [40, 60]), ("one high", [100]), ("two high", [80, 100]), ("one, none", [None]), ("one high, later", [100])):
        for task, score in zip(tasks, scores):
            solve(api, tess, students[name], task, score=score)
    submission(api, students["nothing"], tasks[0])
    solve(api, tess, students["failed"], tasks[0], "failing", 100)
    wanted = [("two high", 2, 90), ("two low", 2, 50), ("one high", 1, 100), ("one high, later", 1, 100), ("one, none", 1, 0)]
    for who in (tess, students["nothing"]):
        assert get(api, who, "leaderboard").json() == {"leaderboard": [
            {"rank": rank, "student_id": students[name].id, "name": name, "exercises_completed": count, "average_score": mean}
            for rank, (name, count, mean) in enumerate(wanted, 1)]}
    assert [entry["rank"] for entry in get(api, tess, "leaderboard", limit=2).json()["leaderboard"]] == [1, 2]
    for limit in (0, -1, 101, "x", ""):
        assert get(api, tess, "leaderboard", limit=limit).status == 422
    # verdicts and exercises that go move it
    solve(api, tess, students["one, none"], tasks[0], score=70)
    api.delete(f"/api/exercises/{tasks[1]}", token=tess.token)
    assert [(entry["name"], entry["exercises_completed"], entry["average_score"]) for entry in get(api, tess, "leaderboard").json()["leaderboard"]] == [
        ("one high", 1, 100), ("one high, later", 1, 100), ("two high", 1, 80), ("one, none", 1, 70), ("two low", 1, 40)]


def test_ten_stand_on_the_leaderboard_unless_more_are_asked_for(start_server):
    api = start_server().api
    tess = account(api, "teacher")
    task = exercise(api, tess)["id"]
    for score in range(12):
        solve(api, tess, account(api), task, score=score)
    board = get(api, tess, "leaderboard").json()["leaderboard"]
    assert [(entry["rank"], entry["average_score"]) for entry in board] == [(n + 1, 11 - n) for n in range(10)]
    assert len(get(api, tess, "leaderboard", limit=100).json()["leaderboard"]) == 12
    assert all("email" not in entry for entry in board)


def test_a_teacher_sees_all_students(start_server):
    api = start_server().api
    tess = account(api, "teacher")
    task = exercise(api, tess)["id"]
    busy, idle = account(api, name="Busy", grade_level="9"), account(api, name="Idle")
    latest = solve(api, tess, busy, task, score=80)["updated_at"]
    assert get(api, tess, "students").json() == [
        {"id": busy.id, "name": "Busy", "email": busy.email, "grade_level": "9", "exercises_completed": 1, "quizzes_passed": 0,
         "last_active": latest, "total_exercises": 1, "average_score": 80},
        {"id": idle.id, "name": "Idle", "email": idle.email, "grade_level": None, "exercises_completed": 0, "quizzes_passed": 0,
         "last_active": "Never", "total_exercises": 1, "average_score": 0}]
    assert [row["id"] for row in get(api, tess, "students", skip=1).json()] == [idle.id]
    refused = get(api, busy, "students")
    assert (refused.status, refused.detail) == (403, "Access denied: Teachers only")


def test_topics_and_quizzes_are_empty_lists(api, tess):
    for path in ("/api/topics", "/api/topics/", "/api/quizzes", "/api/quizzes/"):
        for who in (tess, account(api)):
            answer = api.get(path, token=who.token)
            assert (answer.status, answer.json()) == (200, [])
        assert api.get(path).status == 401
