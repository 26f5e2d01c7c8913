"""What practice publishes: an event for what happens, in the transaction of what it tells of (practice contract, section 9)."""
import pytest

from practice import PASSWORD, account, evaluate, exercise, judged, register, sign_in, submission, submit


@pytest.fixture(scope="module")
def school(start_module_server):
    """A server that keeps events, as if there were a Kafka."""
    own = start_module_server()
    own.database().text("update outbox.settings set events = true")
    return own


@pytest.fixture(scope="module")
def tess(school):
    return account(school.api, "teacher")


def events(school, topic, key):
    """Those of a topic and key in their order, without the times, which are UTC without a suffix."""
    rows = school.database().rows(f"select event from outbox.events where topic = '{topic}' and key = '{key}' order by seq")
    assert all("T" in row["event"]["timestamp"] and "+" not in row["event"]["timestamp"] for row in rows)
    return [{name: value for name, value in row["event"].items() if name != "timestamp"} for row in rows]


def count(school):
    return school.database().one("select count(*) as n from outbox.events")["n"]


def test_what_students_do_with_their_accounts(school):
    made = register(school.api, grade_level="9").json()
    who = sign_in(school.api, made["email"])
    for new in ("another one", PASSWORD):
        changed = school.api.post("/api/auth/change-password", token=who.token, json={"old_password": "wrong-one", "new_password": new})
        assert changed.status == 400
    assert school.api.post("/api/auth/change-password", token=who.token, json={"old_password": PASSWORD, "new_password": "another one"}).status == 200
    about = {"student_id": who.id, "data": {}}
    assert events(school, "student-events", who.id) == [
        {"event_type": "student_registered", "student_id": who.id, "data": {"grade_level": "9"}},
        {"event_type": "student_logged_in", **about}, {"event_type": "password_changed", **about}]


def test_what_teachers_do_with_theirs_is_not_told(school):
    before = count(school)
    who = account(school.api, "teacher")
    school.api.post("/api/auth/change-password", token=who.token, json={"old_password": PASSWORD, "new_password": "another one"})
    exercise(school.api, who)
    assert count(school) == before


def test_submissions_and_verdicts(school, tess):
    student, task = account(school.api), exercise(school.api, tess)["id"]
    number = submission(school.api, student, task, code="print('secret code')")["id"]
    judged(school.api, tess, number, "passing", score=70, feedback="Good")
    judged(school.api, tess, number, "failing")
    about = {"event_type": "submission", "student_id": student.id, "exercise_id": task, "submission_id": number}
    assert events(school, "exercise-submissions", number) == [{**about, "status": status} for status in ("submitted", "passing", "failing")]
    about = {"event_type": "progress_update", "student_id": student.id, "exercise_id": task}
    assert events(school, "progress-updates", f"{student.id}:{task}") == [
        {**about, "status": "in_progress", "score": None}, {**about, "status": "completed", "score": 70}, {**about, "status": "completed", "score": None}]


def test_what_is_refused_is_not_told(school, tess):
    student, other, task = account(school.api), account(school.api), exercise(school.api, tess)["id"]
    number = submission(school.api, student, task)["id"]
    before = count(school)
    for answer in (submit(school.api, student, 2 ** 31 - 1), submit(school.api, other, task, student_id=student.id), submit(school.api, tess, task),
                   evaluate(school.api, tess, 2 ** 31 - 1, "passing"), evaluate(school.api, student, number, "passing"),
                   evaluate(school.api, tess, number, "nonsense"), evaluate(school.api, tess, number),
                   register(school.api, email=student.email)):
        assert answer.status in (400, 403, 404, 422)
    assert count(school) == before


def test_events_have_no_secrets(school):
    told = school.database().text("select string_agg(event::text, ' ') from outbox.events")
    assert told and all(word not in told for word in (PASSWORD, "another one", "secret code", "$2b$", "@example.org"))


def test_without_a_kafka_nothing_is_kept(api, server):
    before = server.database().one("select count(*) as n from outbox.events")["n"]
    account(api)
    assert server.database().one("select count(*) as n from outbox.events")["n"] == before
