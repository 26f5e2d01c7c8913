"""The audit of attendance: who changed what, when, from what to what; read by the admin."""
import pytest

from attendance import Course, fresh, is_instant
from classroom import loc_of, ok, refused

KEYS = {"id", "at", "actorId", "actorEmail", "actorName", "what", "action", "classId", "sessionId", "studentId", "before", "after"}


@pytest.fixture
def admin(place):
    return place.person("admin")


@pytest.fixture
def course(place):
    return Course(place, place.person("teacher"))


@pytest.fixture
def audit(place, admin):
    def read(**query):
        return ok(place.api.get("/audit", token=admin.token, query=query))
    return read


def entries(audit, **query):
    """Oldest first."""
    found = audit(limit=1000, **query)
    assert found["next"] is None
    return found["entries"][::-1]


def test_a_change_of_a_status(audit, course):
    [roll], session = course.enrol(1), course.open()
    ok(course.update(session, [{"rollNo": roll, "status": "present", "recognizedByAi": True, "similarityScore": 92.456}]))
    ok(course.mark(session, **{roll: "late"}))
    first, second = [one for one in entries(audit, sessionId=session) if one["what"] == "attendance_statuses"]
    assert set(first) == KEYS and is_instant(first["at"])
    student = course.shown()["students"][0]["studentId"]
    for one in (first, second):
        assert (one["classId"], one["sessionId"], one["studentId"]) == (course.id, session, student)
        assert (one["actorId"], one["actorEmail"], one["actorName"]) == (course.teacher.id, course.teacher.email, course.teacher.name)
    row = {"session_id": session, "student_id": student, "status": "present", "recognized_by_ai": True, "similarity_score": 92.46}
    assert (first["action"], first["before"], first["after"]) == ("insert", None, row)
    assert (second["action"], second["before"]) == ("update", row)
    assert second["after"] == {**row, "status": "late", "recognized_by_ai": False, "similarity_score": None}
    assert entries(audit, studentId=student)[-1] == second


def test_what_does_not_change_is_not_told(audit, course):
    rolls, session = course.enrol(3), course.open()
    ok(course.mark(session, **{roll: "present" for roll in rolls}))
    before = entries(audit, classId=course.id)
    ok(course.mark(session, **{roll: "present" for roll in rolls}))
    ok(course.roster(*rolls))
    ok(course.session())
    assert entries(audit, classId=course.id) == before
    ok(course.mark(session, **{rolls[0]: "present", rolls[1]: "absent"}))
    assert len(entries(audit, classId=course.id)) == len(before) + 1


def test_what_is_refused_is_not_told(place, audit, course):
    rolls, session = course.enrol(1), course.open()
    before = entries(audit, classId=course.id)
    other = place.person("teacher")
    assert course.update(session, [{"rollNo": rolls[0], "status": "late"}], who=other).status == 403
    assert course.roster("x", who=other).status == 403
    assert course.update(session, [{"rollNo": rolls[0], "status": "never"}]).status == 422
    assert entries(audit, classId=course.id) == before


def test_the_life_of_a_class(place, audit, course):
    """Everything that belongs to it, in order, and its end with all it took along."""
    api, token = place.api, course.teacher.token
    [roll], session = course.enrol(1), course.open()
    ok(course.mark(session, **{roll: "present"}))
    course.slot()
    move = course.move().json()["id"]
    ok(api.call("PUT", f"/classes/reschedules/{move}", token=token, json={"reason": "x"}))
    assert api.delete(f"/classes/reschedules/{move}", token=token).status == 204
    told = [(one["what"], one["action"]) for one in entries(audit, classId=course.id)]
    assert told == [("classes", "insert"), ("class_students", "insert"), ("attendance_sessions", "insert"), ("attendance_statuses", "insert"),
                    ("class_schedules", "insert"), ("class_reschedules", "insert"), ("class_reschedules", "update"), ("class_reschedules", "delete")]
    assert api.delete(f"/classes/{course.id}", token=token).status == 204
    last = entries(audit, classId=course.id)[len(told):]
    assert sorted((one["what"], one["action"]) for one in last) == [
        ("attendance_sessions", "delete"), ("attendance_statuses", "delete"), ("class_schedules", "delete"), ("class_students", "delete"), ("classes", "delete")]
    assert all(one["before"] and one["after"] is None and one["actorId"] == course.teacher.id for one in last)


def test_who_overwrote_a_students_data(place, audit, course):
    """A roll number is one student for all teachers, so this must be seen."""
    other = Course(place, place.person("teacher"))
    roll = fresh("23/CS")
    ok(course.roster({"rollNo": roll, "name": "Asha", "phone": "1"}))
    student = ok(other.roster({"rollNo": roll, "name": "Nobody", "phone": "2"}))["students"][0]["studentId"]
    change = [one for one in entries(audit, studentId=student) if one["what"] == "students"][-1]
    assert (change["action"], change["actorId"], change["before"]["phone"], change["after"]["phone"]) == ("update", other.teacher.id, "1", "2")


def test_a_change_by_hand_has_no_actor(place, audit, course):
    [roll], session = course.enrol(1), course.open()
    ok(course.mark(session, **{roll: "present"}))
    place.database.text(f"update attendance.attendance_statuses set status = 'absent' where session_id = '{session}'")
    last = entries(audit, sessionId=session)[-1]
    assert (last["actorId"], last["actorEmail"], last["before"]["status"], last["after"]["status"]) == (None, None, "present", "absent")


def test_the_actor_is_never_the_one_before(place, audit):
    """Requests share connections."""
    courses = [Course(place, place.person("teacher")) for _ in range(6)]
    for one in courses * 2:
        ok(one.session(f"2025-10-{10 + courses.index(one)}"))
        ok(one.roster(fresh("r")))
    for one in courses:
        assert {entry["actorId"] for entry in entries(audit, classId=one.id)} == {one.teacher.id}


def test_pages(audit, course):
    course.enrol(7)
    whole = audit(classId=course.id, limit=1000)["entries"]
    assert [int(one["id"]) for one in whole] == sorted((int(one["id"]) for one in whole), reverse=True) and len(whole) == 8
    seen, before = [], None
    while True:
        page = audit(classId=course.id, limit=3, **({"before": before} if before else {}))
        seen += page["entries"]
        before = page["next"]
        if before is None:
            break
        assert before == page["entries"][-1]["id"] and len(page["entries"]) == 3
    assert seen == whole
    assert audit(classId=course.id, before=1) == {"entries": [], "next": None}
    assert audit(class_id=course.id, limit=1)["entries"] == whole[:1]


def test_filters_go_together(audit, course):
    rolls, one, other = course.enrol(2), course.open("2025-10-01"), course.open("2025-10-02")
    for session in (one, other):
        ok(course.mark(session, **{roll: "present" for roll in rolls}))
    student = course.shown()["students"][0]["studentId"]
    found = entries(audit, classId=course.id, sessionId=one, studentId=student)
    assert [(entry["what"], entry["sessionId"], entry["studentId"]) for entry in found] == [("attendance_statuses", one, student)]


@pytest.mark.parametrize("query, where", [({"classId": "x"}, "classId"), ({"sessionId": "1"}, "sessionId"), ({"studentId": ""}, "studentId"),
                                          ({"before": "x"}, "before"), ({"limit": 0}, "limit"), ({"limit": 1001}, "limit")], ids=str)
def test_queries_that_are_none(place, admin, query, where):
    assert loc_of(place.api.get("/audit", token=admin.token, query=query)) == [["query", where]]


def test_it_is_the_admins(place):
    refused(place.api.get("/audit", token=place.person("teacher").token), 403, "Admin access required")
