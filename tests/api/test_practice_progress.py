"""Progress of practice: its arithmetic against a model, and races (practice contract, section 8.1)."""
import random

import pytest

from practice import account, at_once, evaluate, exercise, judged, progress_of, submission, submit

KEYS = {"id", "student_id", "exercise_id", "status", "attempts", "best_score", "completed_at", "created_at", "updated_at"}
STEPS = ["not_started", "in_progress", "completed", "mastered"]
VERDICTS = ["draft", "submitted", "passing", "failing", "completed", "mastered", "in_progress"]


@pytest.fixture(scope="module")
def tess(shared):
    return account(shared.api, "teacher")


@pytest.fixture
def task(api, tess):
    return exercise(api, tess)["id"]


def expected(status, score, bar=90):
    if status == "mastered" or (status in ("passing", "completed") and score is not None and score >= bar):
        return "mastered"
    return "completed" if status in ("passing", "completed") else "in_progress"


def test_a_submission_begins_progress(api, task):
    student = account(api)
    submission(api, student, task)
    row = progress_of(api, student, task)
    assert set(row) == KEYS and row["created_at"] == row["updated_at"]
    assert (row["student_id"], row["status"], row["attempts"], row["best_score"], row["completed_at"]) == (student.id, "in_progress", 1, None, None)
    submission(api, student, task)
    again = progress_of(api, student, task)
    assert (again["id"], again["status"], again["attempts"]) == (row["id"], "in_progress", 2) and again["updated_at"] > row["updated_at"]


@pytest.mark.parametrize("status", VERDICTS)
@pytest.mark.parametrize("score", [None, 0, 89, 90, 100])
def test_what_a_verdict_says_of_progress(api, tess, task, status, score):
    student = account(api)
    number = submission(api, student, task)["id"]
    judged(api, tess, number, status, score=score)
    row = progress_of(api, student, task)
    assert (row["status"], row["attempts"], row["best_score"]) == (expected(status, score), 1, score)
    assert bool(row["completed_at"]) is (row["status"] in ("completed", "mastered"))


def test_progress_only_moves_up(api, tess, task):
    student = account(api)
    number = submission(api, student, task)["id"]
    judged(api, tess, number, "passing", score=70)
    first = progress_of(api, student, task)
    for status, score in (("failing", 10), ("draft", None), ("completed", 60)):
        judged(api, tess, number, status, score=score)
        row = progress_of(api, student, task)
        assert {**row, "updated_at": 0} == {**first, "updated_at": 0}
    submission(api, student, task)
    assert progress_of(api, student, task)["status"] == "completed"
    judged(api, tess, number, "failing", score=95)
    row = progress_of(api, student, task)
    assert (row["status"], row["best_score"], row["completed_at"]) == ("completed", 95, first["completed_at"])
    judged(api, tess, number, "mastered")
    row = progress_of(api, student, task)
    assert (row["status"], row["best_score"], row["completed_at"], row["attempts"]) == ("mastered", 95, first["completed_at"], 2)


@pytest.mark.parametrize("seed", range(3))
def test_any_course_of_events_is_as_the_model_says(api, tess, task, seed):
    chance, student = random.Random(seed), account(api)
    numbers, best, step, attempts, done = [], None, 0, 0, None
    for _ in range(25):
        if not numbers or chance.random() < 0.3:
            numbers.append(submission(api, student, task)["id"])
            attempts, step = attempts + 1, max(step, 1)
        else:
            status, score = chance.choice(VERDICTS), chance.choice([None, *range(0, 101, 5)])
            judged(api, tess, chance.choice(numbers), status, score=score)
            step = max(step, STEPS.index(expected(status, score)))
            best = score if best is None else best if score is None else max(best, score)
        row = progress_of(api, student, task)
        assert (row["attempts"], row["status"], row["best_score"]) == (attempts, STEPS[step], best)
        assert bool(row["completed_at"]) is (step >= 2) and done in (None, row["completed_at"])
        done = row["completed_at"]


def test_the_bar_of_mastery_is_configured(start_server):
    api = start_server(environment={"MASTERY_SCORE": "50"}).api
    teacher, student = account(api, "teacher"), account(api)
    for score, status in ((49, "completed"), (50, "mastered")):
        task = exercise(api, teacher)["id"]
        judged(api, teacher, submission(api, student, task)["id"], "passing", score=score)
        assert progress_of(api, student, task)["status"] == status


# ---- races ----

def test_parallel_submissions_and_verdicts_lose_no_count(api, server, tess, task):
    student, teachers = account(api), [tess, account(api, "teacher")]
    numbers = [submission(api, student, task)["id"] for _ in range(4)]
    chance = random.Random(7)

    def submits():
        return [submit(api, student, task).status for _ in range(10)]

    def judges(teacher, scores):
        return [evaluate(api, teacher, chance.choice(numbers), "passing", score=score).status for score in scores]

    calls = [submits] * 4 + [lambda teacher=teacher, low=low: judges(teacher, range(low, 85, 8)) for teacher in teachers for low in (1, 3, 4)]
    statuses = [status for several in at_once(calls) for status in several]
    assert set(statuses) <= {200, 201} and statuses.count(201) == 40
    row = progress_of(api, student, task)
    assert (row["attempts"], row["status"], row["best_score"]) == (44, "completed", 84)
    standing = server.database().one(f"select completed, scored, score_sum from practice.standings where student_id = {student.id}")
    assert standing == {"completed": 1, "scored": 1, "score_sum": 84}


def test_first_submissions_at_once_make_one_row(api, task):
    student = account(api)
    assert {answer.status for answer in at_once([lambda: submit(api, student, task) for _ in range(8)])} == {201}
    assert progress_of(api, student, task)["attempts"] == 8


def test_standings_are_what_counting_would_give(api, server, tess):
    """After submissions, verdicts and exercises that went, in any order."""
    chance = random.Random(11)
    students, tasks = [account(api) for _ in range(3)], [exercise(api, tess)["id"] for _ in range(4)]
    for turn in range(60):
        student, task = chance.choice(students), chance.choice(tasks)
        number = submission(api, student, task)["id"]
        judged(api, tess, number, chance.choice(VERDICTS), score=chance.choice([None, 10, 50, 95]))
        if turn % 20 == 19:
            assert api.delete(f"/api/exercises/{tasks.pop()}", token=tess.token).status == 200
    ids = ",".join(str(student.id) for student in students)
    kept = server.database().rows(f"select student_id, completed, scored, score_sum from practice.standings where student_id in ({ids}) order by 1")
    counted = server.database().rows("select student_id, count(*) filter (where done) as completed, count(best_score) filter (where done) as scored, "
                                     "coalesce(sum(best_score) filter (where done), 0) as score_sum from (select *, status in "
                                     f"('completed', 'mastered') as done from practice.progress) p where student_id in ({ids}) group by 1 order by 1")
    assert kept == counted and sum(row["completed"] for row in kept) > 0
