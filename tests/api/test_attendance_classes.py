"""Attendance contract, section 5: classes, weekly slots, moved occurrences."""
import random
import uuid

import pytest

from attendance import Course, fresh, is_instant, is_uuid
from classroom import loc_of, ok, refused

CLASS_KEYS = {"id", "code", "name", "section", "teacherType", "ltpPattern", "practicalGroup", "teacherId", "schedule", "reschedules",
              "students", "createdAt", "updatedAt"}
MOVE_KEYS = {"id", "class_id", "original_date", "original_start_time", "original_end_time", "rescheduled_date", "rescheduled_start_time",
             "rescheduled_end_time", "reason", "created_at"}


@pytest.fixture
def api(place):
    return place.api


@pytest.fixture
def teacher(place):
    return place.person("teacher")


@pytest.fixture
def course(place, teacher):
    return Course(place, teacher)


def made(answer):
    assert answer.status == 201, answer
    return answer.json()


# --- making and listing


def test_a_new_teacher_has_no_classes(api, teacher):
    assert api.get("/classes", token=teacher.token).body == b"[]"


def test_making_a_class(api, teacher):
    code = fresh("CO")
    body = made(api.post("/classes", token=teacher.token, json={"code": code, "name": "Data Structures", "section": "A", "more": 1}))
    assert set(body) == {"id", "code", "name"} and (body["code"], body["name"]) == (code, "Data Structures") and is_uuid(body["id"])


def test_a_class_as_it_is_listed(place, api, teacher):
    course = Course(place, teacher, ltp_pattern="3-1-0", teacher_type="Lecture", practical_group=None)
    shown = course.shown()
    assert set(shown) == CLASS_KEYS
    assert (shown["ltpPattern"], shown["teacherType"], shown["practicalGroup"]) == ("3-1-0", "Lecture", None)
    assert (shown["section"], shown["teacherId"]) == ("A", teacher.id)
    assert shown["schedule"] == shown["reschedules"] == shown["students"] == []
    assert is_instant(shown["createdAt"]) and is_instant(shown["updatedAt"])


def test_camel_case_is_taken_too(place, teacher):
    shown = Course(place, teacher, ltpPattern="310", teacherType="Practical", practicalGroup="G1").shown()
    assert (shown["ltpPattern"], shown["teacherType"], shown["practicalGroup"]) == ("310", "Practical", "G1")


@pytest.mark.parametrize("text", ["", " ", "O'Brien", "\U0001f600 Übung", "'; drop table classes; --", "<b>&\"\\/"])
def test_texts_come_back_verbatim(place, teacher, text):
    course = Course(place, teacher, name=text, section=text)
    shown = course.shown()
    assert (shown["name"], shown["section"]) == (text.strip(), text)


def test_the_longest_texts(place, teacher):
    """All of them, of letters that need four bytes each and that nothing can shorten: they fit into the key's index."""
    letters = random.Random(7)
    texts = {name: "".join(chr(letters.randint(0x10000, 0xFFFFF)) for _ in range(most)) for name, most in (("code", 255), ("section", 255), ("name", 1000))}
    shown = Course(place, teacher, **texts).shown()
    assert {name: shown[name] for name in texts} == texts


def test_a_teacher_sees_their_own_and_an_admin_all_in_order(place, api, teacher):
    other, admin = place.person("teacher"), place.person("admin")
    mine = [Course(place, teacher).id for _ in range(3)]
    theirs = Course(place, other).id
    assert [one["id"] for one in ok(api.get("/classes", token=teacher.token))] == mine
    every = [one["id"] for one in ok(api.get("/classes", token=admin.token))]
    assert [one for one in every if one in {*mine, theirs}] == [*mine, theirs]


@pytest.mark.parametrize("changes, place_of", [
    ({"code": ...}, "code"), ({"name": ...}, "name"), ({"section": ...}, "section"), ({"section": None}, "section"),
    ({"code": 5}, "code"), ({"name": ["x"]}, "name"), ({"name": "a\0b"}, "name"), ({"name": "n" * 1001}, "name"), ({"code": "n" * 256}, "code"), ({"section": "n" * 256}, "section"),
    ({"ltp_pattern": 310}, "ltp_pattern"), ({"teacher_type": {}}, "teacher_type"),
], ids=str)
def test_a_class_that_cannot_be(api, teacher, changes, place_of):
    body = {"code": fresh("CO"), "name": "x", "section": "A", **changes}
    answer = api.post("/classes", token=teacher.token, json={key: value for key, value in body.items() if value is not ...})
    assert loc_of(answer) == [["body", place_of]]


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'"x"', b"5", b'{"name":"\\ud800"}'])
def test_a_body_that_is_no_object(api, teacher, body):
    assert api.post("/classes", token=teacher.token, body=body, content_type="application/json").status == 422


def test_the_same_class_twice(place, api, teacher):
    course = Course(place, teacher)
    again = {"code": course.code, "name": "Another name", "section": course.section}
    answer = api.post("/classes", token=teacher.token, json=again)
    assert answer.status == 409 and isinstance(answer.detail, str)
    for changes in ({"section": "a"}, {"section": "A "}, {"code": course.code.lower() + "x"}):  # compared exactly
        made(api.post("/classes", token=teacher.token, json={**again, **changes}))
    made(api.post("/classes", token=place.person().token, json=again))  # somebody else's is another


# --- deleting


def test_deleting_a_class_takes_all_but_the_students(place, api, course):
    rolls = course.enrol(2)
    ok(course.mark(course.open(), **{rolls[0]: "present"}))
    made(course.slot())
    made(course.move())
    answer = api.delete(f"/classes/{course.id}", token=course.teacher.token)
    assert (answer.status, answer.body) == (204, b"")
    assert ok(api.get("/classes", token=course.teacher.token)) == []
    for table in ("class_schedules", "class_reschedules", "class_students", "attendance_sessions"):
        assert place.database.rows(f"select 1 from attendance.{table} where class_id = '{course.id}'") == []
    assert len(place.database.rows(f"select 1 from attendance.students where roll_no in ('{rolls[0]}', '{rolls[1]}')")) == 2
    for one in (api.delete(f"/classes/{course.id}", token=course.teacher.token), course.roster("x"), course.session(), course.sessions(),
                course.stats(), course.slot()):
        refused(one, 404, "Class not found")


def test_an_upper_case_id_is_the_same(api, course):
    assert api.delete(f"/classes/{course.id.upper()}", token=course.teacher.token).status == 204


@pytest.mark.parametrize("bad", ["x", "123", "00000000-0000-0000-0000-00000000000g", "00000000000000000000000000000000", "%00"])
def test_an_id_that_is_none(api, teacher, bad):
    assert loc_of(api.delete(f"/classes/{bad}", token=teacher.token)) == [["path", "class_id"]]
    assert api.call("PUT", f"/classes/{bad}/students", token=teacher.token, json={"students": []}).status == 422
    assert api.get(f"/stats/classes/{bad}/students", token=teacher.token).status == 422


def test_an_owner_cannot_be_deleted(place, course):
    with pytest.raises(AssertionError, match="foreign key"):
        place.database.text(f"delete from attendance.users where id = '{course.teacher.id}'")


# --- weekly slots


def test_slots(course):
    assert made(course.slot(5, "14:00", "15:30:30")) == {"status": "success"}
    made(course.slot(1, "09:00:00", "10:00"))
    assert course.shown()["schedule"] == [{"dayOfWeek": 1, "start": "09:00", "end": "10:00"}, {"dayOfWeek": 5, "start": "14:00", "end": "15:30"}]


def test_one_slot_a_day(course):
    made(course.slot(3))
    answer = course.slot(3, "11:00", "12:00")
    assert answer.status == 409, answer
    assert course.shown()["schedule"] == [{"dayOfWeek": 3, "start": "09:00", "end": "10:00"}]


@pytest.mark.parametrize("slot, place_of", [
    ((0,), "day_of_week"), ((8,), "day_of_week"), ((-1,), "day_of_week"), ((2**40,), "day_of_week"), ((None,), "day_of_week"), (("x",), "day_of_week"),
    ((1, "9:00"), "start_time"), ((1, "24:00"), "start_time"), ((1, ""), "start_time"), ((1, None), "start_time"), ((1, 900), "start_time"),
    ((1, "09:00", "10:60"), "end_time"), ((1, "09:00", "09:00"), "end_time"), ((1, "10:00", "09:00"), "end_time"),
], ids=str)
def test_a_slot_that_cannot_be(course, slot, place_of):
    assert ["body", place_of] in loc_of(course.slot(*slot))
    assert course.shown()["schedule"] == []


def test_a_backward_slot_of_somebody_else_is_first_of_all_somebody_elses(place, course):
    assert course.slot(1, "10:00", "09:00", who=place.person()).status == 403


# --- moved occurrences (2025-10-27 is a Monday)


def test_a_move_copies_the_slot(course):
    made(course.slot(1, "09:00", "10:00"))
    move = made(course.move(reason="A holiday"))
    assert set(move) == MOVE_KEYS and isinstance(move["id"], str) and move["id"].isdigit() and is_instant(move["created_at"])
    assert move | {"id": "", "created_at": ""} == {
        "id": "", "created_at": "", "class_id": course.id, "original_date": "2025-10-27", "original_start_time": "09:00:00",
        "original_end_time": "10:00:00", "rescheduled_date": "2025-10-29", "rescheduled_start_time": "11:00:00",
        "rescheduled_end_time": "12:00:00", "reason": "A holiday"}
    assert course.shown()["reschedules"] == [{
        "originalDate": "2025-10-27", "originalStartTime": "09:00", "originalEndTime": "10:00", "rescheduledDate": "2025-10-29",
        "rescheduledStartTime": "11:00", "rescheduledEndTime": "12:00", "reason": "A holiday"}]
    assert made(course.move())["reason"] is None  # the same date again


def test_a_move_changes_nothing_else(course):
    rolls = course.enrol(1)
    ok(course.mark(course.open(), **{rolls[0]: "present"}))
    made(course.slot())
    before = (course.shown()["schedule"], ok(course.sessions()), ok(course.stats()))
    made(course.move())
    assert (course.shown()["schedule"], ok(course.sessions()), ok(course.stats())) == before


def test_nothing_to_move_on_that_day(course):
    made(course.slot(2))
    answer = course.move()
    assert answer.status == 404 and "weekday" in answer.detail
    for day, weekday in (("2025-10-26", 7), ("2025-11-01", 6)):
        made(course.slot(weekday))
        made(course.move(original_date=day))


@pytest.mark.parametrize("changes, place_of", [
    ({"original_date": "2025-02-30"}, "original_date"), ({"original_date": ...}, "original_date"), ({"rescheduled_date": 5}, "rescheduled_date"),
    ({"rescheduled_date": "29.10.2025"}, "rescheduled_date"), ({"rescheduled_start_time": "x"}, "rescheduled_start_time"),
    ({"rescheduled_end_time": ...}, "rescheduled_end_time"), ({"rescheduled_end_time": "11:00"}, "rescheduled_end_time"),
    ({"reason": 5}, "reason"), ({"reason": "a\0"}, "reason"),
], ids=str)
def test_a_move_that_cannot_be(course, changes, place_of):
    made(course.slot())
    assert loc_of(course.move(**changes)) == [["body", place_of]]


def test_moves_of_a_range(course):
    made(course.slot())
    dates = ["2025-11-03", "2025-10-30", "2025-10-28"]
    for one in dates:
        made(course.move(rescheduled_date=one))
    shown = lambda **query: [one["rescheduled_date"] for one in ok(course.moves(**query))]
    assert shown() == sorted(dates)
    assert shown(start_date="2025-10-30") == ["2025-10-30", "2025-11-03"]
    assert shown(end_date="2025-10-30") == ["2025-10-28", "2025-10-30"]
    assert shown(start_date="2025-10-30", end_date="2025-10-30") == ["2025-10-30"]
    assert shown(start_date="2025-11-30", end_date="2025-10-30") == []
    assert loc_of(course.moves(start_date="x")) == [["query", "start_date"]]


def test_changing_a_move(api, course):
    made(course.slot())
    move = made(course.move(reason="first"))
    change = lambda **body: api.call("PUT", f"/classes/reschedules/{move['id']}", token=course.teacher.token, json=body)
    assert ok(change()) == move
    assert ok(change(rescheduled_date=None, reason=None, rescheduled_start_time=None)) == move
    assert ok(change(rescheduled_date="2025-12-01"))["rescheduled_date"] == "2025-12-01"
    after = ok(change(rescheduled_start_time="08:00", rescheduled_end_time="08:30:15", reason=""))
    assert (after["rescheduled_start_time"], after["rescheduled_end_time"], after["reason"]) == ("08:00:00", "08:30:15", "")
    assert after["original_date"] == move["original_date"] and after["created_at"] == move["created_at"]
    assert loc_of(change(rescheduled_start_time="09:00")) == [["body", "rescheduled_end_time"]]
    assert loc_of(change(rescheduled_date="x")) == [["body", "rescheduled_date"]]
    assert ok(course.moves()) == [after]


def test_taking_a_move_back(api, course):
    made(course.slot())
    path = f"/classes/reschedules/{made(course.move())['id']}"
    answer = api.delete(path, token=course.teacher.token)
    assert (answer.status, answer.body) == (204, b"")
    refused(api.delete(path, token=course.teacher.token), 404, "Reschedule not found")
    refused(api.call("PUT", path, token=course.teacher.token, json={}), 404, "Reschedule not found")
    assert ok(course.moves()) == []


@pytest.mark.parametrize("bad, status", [("x", 422), ("1.5", 422), ("0", 404), ("-1", 404), ("99999999999", 404), ("9223372036854775807", 422),
                                         ("9" * 30, 422), ("-" + "9" * 30, 422), ("%00", 422)])
def test_a_move_that_is_none(api, teacher, bad, status):
    assert api.delete(f"/classes/reschedules/{bad}", token=teacher.token).status == status
    assert api.call("PUT", f"/classes/reschedules/{bad}", token=teacher.token, json={"reason": "x"}).status == status


def test_moves_of_others_are_as_unknown_as_none(place, api, course):
    made(course.slot())
    move = made(course.move())
    other, admin = place.person("teacher"), place.person("admin")
    unknown = "/classes/{}/reschedules".format(uuid.uuid4())
    for answer in (course.move(who=other), course.moves(who=other), api.get(unknown, token=admin.token)):
        refused(answer, 404, "Class not found or access denied")
    path = f"/classes/reschedules/{move['id']}"
    for answer in (api.call("PUT", path, token=other.token, json={"reason": "x"}), api.delete(path, token=other.token)):
        refused(answer, 404, "Reschedule not found")
    assert ok(course.moves()) == [move]
    assert ok(api.call("PUT", path, token=admin.token, json={"reason": "by the admin"}))["reason"] == "by the admin"
    made(course.move(who=admin))
    assert len(ok(course.moves(who=admin))) == 2
    assert api.delete(path, token=admin.token).status == 204
