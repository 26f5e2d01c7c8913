"""Attendance contract, sections 6, 7 and 8: rosters, sessions, statuses, statistics."""
import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from attendance import Course, days, fresh, is_instant, is_uuid
from classroom import loc_of, ok, refused

OPTIONAL = ("photoUrl", "program", "spCode", "semester", "status", "duration", "email", "dtuEmail", "phone")
STUDENT_KEYS = {"studentId", "rollNo", "name", *OPTIONAL}
SESSION_KEYS = {"sessionId", "classId", "sessionDate", "teacherId", "processedImageUrl", "createdAt"}


@pytest.fixture
def api(place):
    return place.api


@pytest.fixture
def teacher(place):
    return place.person("teacher")


@pytest.fixture
def course(place, teacher):
    return Course(place, teacher)


def listed(answer):
    return {one["rollNo"]: one for one in ok(answer)["students"]}


# --- roster


def test_a_student_as_it_is_answered(course):
    roll = fresh("23/CS")
    given = {name: f"a {name}" for name in OPTIONAL}
    shown = listed(course.roster({"rollNo": roll, "name": "Asha", **given, "more": 1}))[roll]
    assert set(shown) == STUDENT_KEYS and is_uuid(shown["studentId"])
    assert shown == {"studentId": shown["studentId"], "rollNo": roll, "name": "Asha", **given}
    assert course.shown()["students"] == [shown]


def test_what_is_not_given_is_null(course):
    roll = fresh("23/CS")
    shown = listed(course.roster({"rollNo": roll, "name": "Asha", "email": None}))[roll]
    assert all(shown[name] is None for name in OPTIONAL)
    assert listed(course.roster({"rollNo": roll, "name": "Asha", "photoUrl": ""}))[roll]["photoUrl"] in ("", None)


def test_an_empty_photo_of_a_new_student_stays_empty(course):
    roll = fresh("23/CS")
    assert listed(course.roster({"rollNo": roll, "name": "Asha", "photoUrl": ""}))[roll]["photoUrl"] == ""


def test_snake_case_is_taken_too(course):
    roll = fresh("23/CS")
    shown = listed(course.roster({"roll_no": roll, "name": "Asha", "photo_url": "p", "sp_code": "s", "dtu_email": "d"}))[roll]
    assert (shown["photoUrl"], shown["spCode"], shown["dtuEmail"]) == ("p", "s", "d")


def test_known_values_give_way_to_given_ones_only(course):
    roll = fresh("23/CS")
    first = listed(course.roster({"rollNo": roll, "name": "Asha", "email": "a@x", "phone": "1", "semester": "5"}))[roll]
    again = listed(course.roster({"rollNo": roll, "name": "Asha R.", "email": "", "phone": None, "program": "CSE", "semester": 6}))[roll]
    assert again == {**first, "name": "Asha R.", "program": "CSE", "semester": "6"}


def test_who_is_not_mentioned_stays(course):
    rolls = course.enrol(3)
    before = listed(course.roster())
    assert list(before) == sorted(rolls)
    assert listed(course.roster(rolls[1])) == before  # ids are stable
    assert listed(course.roster(fresh("24/CS"))).keys() > before.keys()


def test_a_student_is_one_over_all_classes(place, course):
    other = Course(place, place.person("teacher"))
    roll = fresh("23/CS")
    mine = listed(course.roster({"rollNo": roll, "name": "Asha", "phone": "1"}))[roll]
    theirs = listed(other.roster({"rollNo": roll, "name": "Asha Rao"}))[roll]
    assert theirs == {**mine, "name": "Asha Rao"}
    assert course.shown()["students"] == other.shown()["students"] == [theirs]


def test_roll_numbers_are_compared_exactly(course):
    roll = fresh("23/cs")
    assert set(listed(course.roster(roll, roll.upper(), roll + " "))) == {roll, roll.upper(), roll + " "}


def test_a_roll_number_twice_in_one_request(course):
    roll = fresh("23/CS")
    shown = listed(course.roster({"rollNo": roll, "name": "First", "phone": "1"}, {"rollNo": fresh("x"), "name": "Between"},
                                 {"rollNo": roll, "name": "Last"}))
    assert len(shown) == 2 and (shown[roll]["name"], shown[roll]["phone"]) == ("Last", None)


@pytest.mark.parametrize("text", ["O'Brien \"x\" \\", "\U0001f600 Übung", "'; drop table students; --", "{\"a\": 1}", " "])
def test_texts_come_back_verbatim(course, text):
    roll = fresh("23/CS") + text
    shown = listed(course.roster({"rollNo": roll, "name": text, "program": text}))[roll]
    assert (shown["name"], shown["program"]) == (text.strip(), text)


def test_the_order_is_by_roll_number_in_bytes(course):
    word = fresh("")
    rolls = [f"{word}{end}" for end in ("b", "B", "1", "é", "a10", "a2")]
    in_order = sorted(rolls, key=str.encode)
    assert list(listed(course.roster(*rolls))) == in_order
    session = course.open()
    assert list(marks(course.mark(session, **{roll: "present" for roll in rolls}))) == in_order
    for found in (course.shown()["students"], ok(course.sessions())[0]["statuses"], ok(course.stats())):
        assert [one["rollNo"] for one in found] == in_order


@pytest.mark.parametrize("bad, where", [
    ({"name": "x"}, "rollNo"), ({"rollNo": "", "name": "x"}, "rollNo"), ({"rollNo": 5, "name": "x"}, "rollNo"), ({"rollNo": None, "name": "x"}, "rollNo"),
    ({"rollNo": "r"}, "name"), ({"rollNo": "r", "name": None}, "name"), ({"rollNo": "r", "name": "a\0"}, "name"),
    ({"rollNo": "r", "name": "x", "phone": 5}, "phone"), ({"rollNo": "r", "name": "x", "semester": 5.5}, "semester"),
    ({"rollNo": "r", "name": "x", "semester": [5]}, "semester"), ({"rollNo": "r", "name": "n" * 1001}, "name"),
], ids=str)
def test_one_bad_student_and_nothing_is_stored(course, bad, where):
    good = fresh("23/CS")
    assert loc_of(course.roster(good, bad)) == [["body", "students", 1, where]]
    assert course.shown()["students"] == []


@pytest.mark.parametrize("body, where", [
    ({}, ["body", "students"]), ({"students": None}, ["body", "students"]), ({"students": {}}, ["body", "students"]), ({"students": "x"}, ["body", "students"]),
    ({"students": [5]}, ["body", "students", 0]), ({"students": [None]}, ["body", "students", 0]), ([], ["body"]), (None, ["body"]), ("x", ["body"]),
], ids=str)
def test_a_roster_that_is_none(api, course, body, where):
    assert loc_of(api.call("PUT", f"/classes/{course.id}/students", token=course.teacher.token, json=body)) == [where]


def test_rosters_have_a_limit(course):
    rolls = [fresh("big") for _ in range(5000)]
    assert len(ok(course.roster(*rolls))["students"]) == 5000
    assert loc_of(course.roster(*rolls, "one more")) == [["body", "students"]]
    assert len(course.shown()["students"]) == 5000


def test_bodies_have_a_limit(course):
    assert course.roster(*[{"rollNo": str(i), "name": "n" * 1000} for i in range(4500)]).status == 413


def test_a_class_that_is_none(api, teacher):
    unknown = uuid.uuid4()
    refused(api.call("PUT", f"/classes/{unknown}/students", token=teacher.token, json={"students": []}), 404, "Class not found")


# --- sessions


def test_a_session_as_it_is_answered(course):
    session = ok(course.session("2024-02-29", processedImageUrl="file:///data/user/0/x y.jpg"))
    assert set(session) == SESSION_KEYS and is_uuid(session["sessionId"]) and is_instant(session["createdAt"])
    assert (session["classId"], session["sessionDate"], session["teacherId"]) == (course.id, "2024-02-29", course.teacher.id)
    assert session["processedImageUrl"] == "file:///data/user/0/x y.jpg"
    assert ok(course.sessions()) == [{**session, "statuses": []}]


def test_posting_again_gets_the_same_unchanged(course):
    first = ok(course.session(processedImageUrl="one"))
    assert ok(course.session(processedImageUrl="two")) == first
    assert ok(course.session()) == first
    assert ok(course.session("2025-10-27"))["sessionId"] != first["sessionId"]


def test_names_may_be_snake_case_and_ids_upper_case(api, course):
    body = {"class_id": course.id.upper(), "session_date": "2025-10-26", "processed_image_url": None}
    assert ok(api.post("/attendance/sessions", token=course.teacher.token, json=body))["classId"] == course.id


def test_an_admin_may_open_a_teachers_session(place, course):
    admin = place.person("admin")
    session = ok(course.session(who=admin))
    assert session["teacherId"] == admin.id
    assert ok(course.session()) == session
    rolls = course.enrol(1)
    ok(course.mark(session["sessionId"], **{rolls[0]: "present"}))  # the owner may mark what the admin opened


@pytest.mark.parametrize("day", ["2025-02-30", "26-10-2025", "", "20251026", "2025-W43-7", "2025-299", "2025-10-26T00:00:00", "today", "2025-1-1", " 2025-10-26"])
def test_a_text_that_is_no_date(course, day):
    refused(course.session(day), 400, "Invalid date format. Use YYYY-MM-DD")


@pytest.mark.parametrize("changes, where", [
    ({"sessionDate": ...}, "sessionDate"), ({"sessionDate": None}, "sessionDate"), ({"sessionDate": 20251026}, "sessionDate"),
    ({"classId": ...}, "classId"), ({"classId": "x"}, "classId"), ({"classId": 5}, "classId"), ({"classId": None}, "classId"),
    ({"processedImageUrl": 5}, "processedImageUrl"), ({"processedImageUrl": "a\0"}, "processedImageUrl"),
], ids=str)
def test_a_session_that_cannot_be(api, course, changes, where):
    body = {"classId": course.id, "sessionDate": "2025-10-26", **changes}
    body = {key: value for key, value in body.items() if value is not ...}
    assert loc_of(api.post("/attendance/sessions", token=course.teacher.token, json=body)) == [["body", where]]
    assert ok(course.sessions()) == []


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_any_day_will_do(course, day):
    assert ok(course.session(day))["sessionDate"] == day


def test_a_session_of_no_class(api, teacher):
    body = {"classId": str(uuid.uuid4()), "sessionDate": "2025-10-26"}
    refused(api.post("/attendance/sessions", token=teacher.token, json=body), 404, "Class not found")
    refused(api.get("/attendance/sessions", token=teacher.token, query={"classId": str(uuid.uuid4())}), 404, "Class not found")


def test_sessions_of_a_range_newest_first(course):
    every = days("2025-10-24", 5)
    for day in sorted(every, key=lambda day: day[-1]):
        course.open(day)
    shown = lambda **query: [one["sessionDate"] for one in ok(course.sessions(**query))]
    assert shown() == every[::-1]
    assert shown(**{"from": every[1]}) == every[:0:-1]
    assert shown(to=every[1]) == [every[1], every[0]]
    assert shown(**{"from": every[1], "to": every[3]}) == [every[3], every[2], every[1]]
    assert shown(**{"from": every[2], "to": every[2]}) == [every[2]]
    assert shown(**{"from": every[3], "to": every[1]}) == []
    assert loc_of(course.sessions(**{"from": "yesterday"})) == [["query", "from"]]
    assert loc_of(course.sessions(to="2025-02-30")) == [["query", "to"]]


def test_sessions_of_what(api, teacher):
    assert loc_of(api.get("/attendance/sessions", token=teacher.token)) == [["query", "classId"]]
    assert loc_of(api.get("/attendance/sessions", token=teacher.token, query={"classId": "x"})) == [["query", "classId"]]


# --- statuses


def marks(answer):
    return {one["rollNo"]: one for one in ok(answer)["statuses"]}


def test_statuses_as_they_are_answered(course):
    rolls, session = course.enrol(2), course.open()
    answer = ok(course.update(session, [{"rollNo": rolls[0], "status": "present", "recognizedByAi": True, "similarityScore": 92.456}]))
    assert answer == {"statuses": [{"rollNo": rolls[0], "name": f"Student {rolls[0]}", "status": "present", "recognizedByAi": True,
                                    "similarityScore": 92.46}], "skipped": []}
    assert ok(course.sessions())[0]["statuses"] == answer["statuses"]
    both = marks(course.mark(session, **{rolls[1]: "absent"}))
    assert list(both) == rolls and both[rolls[0]] == answer["statuses"][0]  # all of the session, the others untouched
    assert both[rolls[1]] | {"name": ""} == {"rollNo": rolls[1], "name": "", "status": "absent", "recognizedByAi": False, "similarityScore": None}
    assert marks(course.update(session, [])) == both


def test_all_of_a_row_is_overwritten(course):
    [roll], session = course.enrol(1), course.open()
    ok(course.update(session, [{"rollNo": roll, "status": "present", "recognizedByAi": True, "similarityScore": 1}]))
    after = marks(course.mark(session, **{roll: "late"}))[roll]
    assert (after["status"], after["recognizedByAi"], after["similarityScore"]) == ("late", False, None)


def test_names_may_be_snake_case(course):
    [roll], session = course.enrol(1), course.open()
    after = marks(course.update(session, [{"roll_no": roll, "status": "late", "recognized_by_ai": True, "similarity_score": 0.5}]))[roll]
    assert (after["recognizedByAi"], after["similarityScore"]) == (True, 0.5)


@pytest.mark.parametrize("word", ["present", "Present", "ABSENT", "Late", "excused"])
def test_statuses_in_any_letter_case(course, word):
    [roll], session = course.enrol(1), course.open()
    assert marks(course.mark(session, **{roll: word}))[roll]["status"] == word.lower()


@pytest.mark.parametrize("given, kept", [
    (0, 0), (0.0, 0), (-0.001, 0), (92.456, 92.46), (92.455, 92.46), (92.454, 92.45), (0.125, 0.13), (-0.125, -0.13), (1.005, 1.01), (0.1, 0.1),
    (100, 100), (999.99, 999.99), (999.994, 999.99), (-999.99, -999.99), (1e-9, 0), ("87.5", 87.5), (None, None),
], ids=str)
def test_scores(course, given, kept):
    [roll], session = course.enrol(1), course.open()
    after = marks(course.update(session, [{"rollNo": roll, "status": "present", "similarityScore": given}]))[roll]["similarityScore"]
    assert after == kept and (after is None) == (kept is None)


@pytest.mark.parametrize("changes, where", [
    ({"rollNo": ...}, "rollNo"), ({"rollNo": None}, "rollNo"), ({"rollNo": 5}, "rollNo"), ({"rollNo": "a\0"}, "rollNo"),
    ({"status": ...}, "status"), ({"status": None}, "status"), ({"status": ""}, "status"), ({"status": "here"}, "status"),
    ({"status": "present "}, "status"), ({"status": 1}, "status"), ({"recognizedByAi": "perhaps"}, "recognizedByAi"),
    ({"recognizedByAi": 2}, "recognizedByAi"), ({"similarityScore": 999.995}, "similarityScore"), ({"similarityScore": -1000}, "similarityScore"),
    ({"similarityScore": 1e300}, "similarityScore"), ({"similarityScore": "much"}, "similarityScore"), ({"similarityScore": [1]}, "similarityScore"),
], ids=str)
def test_one_bad_update_and_nothing_is_stored(course, changes, where):
    rolls, session = course.enrol(2), course.open()
    bad = {key: value for key, value in {"rollNo": rolls[1], "status": "present", **changes}.items() if value is not ...}
    assert loc_of(course.update(session, [{"rollNo": rolls[0], "status": "present"}, bad])) == [["body", "updates", 1, where]]
    assert marks(course.update(session, [])) == {}


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_numbers_that_are_none(api, course, number):
    [roll], session = course.enrol(1), course.open()
    body = b'{"updates":[{"rollNo":"%s","status":"present","similarityScore":%s}]}' % (roll.encode(), number)
    answer = api.call("PUT", f"/attendance/sessions/{session}/statuses", token=course.teacher.token, body=body, content_type="application/json")
    assert answer.status == 422, answer


@pytest.mark.parametrize("body, where", [({}, ["body", "updates"]), ({"updates": None}, ["body", "updates"]), ({"updates": [[]]}, ["body", "updates", 0]),
                                         ([], ["body"]), (None, ["body"])], ids=str)
def test_updates_that_are_none(api, course, body, where):
    answer = api.call("PUT", f"/attendance/sessions/{course.open()}/statuses", token=course.teacher.token, json=body)
    assert loc_of(answer) == [where]


def test_who_is_not_enrolled_is_skipped(place, course):
    rolls, session = course.enrol(1), course.open()
    elsewhere = Course(place, course.teacher).enrol(1)
    answer = ok(course.mark(session, **{"nobody": "present", rolls[0]: "late", elsewhere[0]: "present"}))
    assert [one["rollNo"] for one in answer["statuses"]] == rolls
    assert answer["skipped"] == ["nobody", elsewhere[0]]


def test_who_was_enrolled_later_is_marked(course):
    session = course.open()
    rolls = course.enrol(1)
    assert marks(course.mark(session, **{rolls[0]: "present"}))[rolls[0]]["status"] == "present"


def test_a_roll_number_twice_in_one_update(course):
    [roll], session = course.enrol(1), course.open()
    after = marks(course.update(session, [{"rollNo": roll, "status": "absent", "similarityScore": 1}, {"rollNo": roll, "status": "late"}]))
    assert (after[roll]["status"], after[roll]["similarityScore"]) == ("late", None)


def test_a_session_that_is_none(api, course):
    refused(course.update(uuid.uuid4(), []), 404, "Attendance session not found")
    assert loc_of(course.update("x", [])) == [["path", "session_id"]]


def test_old_sessions_may_be_corrected(course):
    [roll], session = course.enrol(1), course.open("1999-01-01")
    for status in ("present", "absent", "present"):
        assert marks(course.mark(session, **{roll: status}))[roll]["status"] == status


# --- statistics


def test_statistics_count_what_was_marked(course):
    rolls = course.enrol(3)
    words = ("present", "late", "absent", "excused")
    for day, word in zip(days("2025-10-20", 4), words):
        ok(course.mark(course.open(day), **{rolls[0]: word}))
    for day, word in zip(days("2025-10-20", 3), ("present", "present", "absent")):
        ok(course.mark(course.open(day), **{rolls[1]: word}))
    course.open("2025-12-24")  # nobody is marked in it
    shown = ok(course.stats())
    assert [one["rollNo"] for one in shown] == rolls
    assert shown[0] == {"studentId": shown[0]["studentId"], "rollNo": rolls[0], "studentName": f"Student {rolls[0]}", "presentCount": 1,
                        "absentCount": 1, "lateCount": 1, "excusedCount": 1, "totalCount": 4, "percentage": 50, "present": 1, "absent": 1,
                        "late": 1, "excused": 1, "total": 4}
    assert (shown[1]["presentCount"], shown[1]["totalCount"], shown[1]["percentage"]) == (2, 3, 66.67)
    assert (shown[2]["totalCount"], shown[2]["percentage"]) == (0, 0)


@pytest.mark.parametrize("attended, total, percentage", [(1, 3, 33.33), (2, 3, 66.67), (1, 6, 16.67), (1, 8, 12.5), (7, 8, 87.5), (3, 3, 100), (0, 2, 0)])
def test_percentages(course, attended, total, percentage):
    rolls = course.enrol(1)
    for i, day in enumerate(days("2025-10-20", total)):
        ok(course.mark(course.open(day), **{rolls[0]: "late" if i < attended else "absent"}))
    assert ok(course.stats())[0]["percentage"] == percentage


def test_statistics_of_one_class_are_its_own(place, course):
    """The summary's view says the same."""
    other = Course(place, course.teacher)
    [roll] = course.enrol(1)
    ok(other.roster(roll))
    ok(course.mark(course.open(), **{roll: "present"}))
    ok(other.mark(other.open(), **{roll: "absent"}))
    for one, count, percentage in ((course, 1, 100), (other, 0, 0)):
        [shown] = ok(one.stats())
        assert (shown["presentCount"], shown["totalCount"], shown["percentage"]) == (count, 1, percentage)
        row = place.database.one("select class_id, roll_no, present_count, total_count, percentage "
                                 f"from v_student_attendance_summary where class_id = '{one.id}'")
        assert row == {"class_id": one.id, "roll_no": roll, "present_count": count, "total_count": 1, "percentage": percentage}


def test_statistics_of_nobody(course):
    assert ok(course.stats()) == []


# --- many at once


def test_one_session_however_many_post_it(place, course):
    admin = place.person("admin")
    with ThreadPoolExecutor(16) as pool:
        for day in days("2025-11-01", 5):
            answers = list(pool.map(lambda i: course.session(day, who=admin if i % 2 else None), range(32)))
            assert {answer.status for answer in answers} == {200}
            assert len({answer.body for answer in answers}) == 1
    assert place.database.one(f"select count(*) from attendance.audit where class_id = '{course.id}' and what = 'attendance_sessions'")["count"] == 5


def test_statuses_from_many_hands(course):
    """In every order, over and over: nobody fails, and each row is what somebody sent whole."""
    rolls, session = course.enrol(40), course.open()
    def send(i):
        order = rolls if i % 2 else rolls[::-1]
        return course.update(session, [{"rollNo": roll, "status": ("present", "late", "absent")[i % 3], "similarityScore": i % 3} for roll in order])
    with ThreadPoolExecutor(16) as pool:
        assert {answer.status for answer in pool.map(send, range(64))} == {200}
    seen = ok(course.sessions())[0]["statuses"]
    assert len(seen) == 40
    assert all((one["status"], one["similarityScore"]) in {("present", 0), ("late", 1), ("absent", 2)} for one in seen)


def test_audit_of_a_race_is_a_chain(place, course):
    """What one change left is what the next one found."""
    [roll], session = course.enrol(1), course.open()
    words = itertools.cycle(("present", "late", "absent", "excused"))
    with ThreadPoolExecutor(12) as pool:
        assert {answer.status for answer in pool.map(lambda word: course.mark(session, **{roll: word}), [next(words) for _ in range(48)])} == {200}
    rows = place.database.rows(f"select before, after from attendance.audit where session_id = '{session}' and what = 'attendance_statuses' "
                               "order by audit_id")
    assert rows[0]["before"] is None and len(rows) > 1
    links = {(row["before"] or {}).get("status"): 0 for row in rows}
    for row in rows:
        assert (row["before"] or {}).get("status") != row["after"]["status"]
        links[row["after"]["status"]] = links.get(row["after"]["status"], 0) + 1
    ends = ok(course.sessions())[0]["statuses"][0]["status"]
    for status in ("present", "late", "absent", "excused"):
        entered = sum(row["after"]["status"] == status for row in rows)
        left = sum((row["before"] or {}).get("status") == status for row in rows)
        assert entered - left == (status == ends)


def test_rosters_from_many_hands(place, course):
    others = [Course(place, course.teacher) for _ in range(4)]
    rolls = [fresh("23/CS") for _ in range(60)]
    def send(i):
        return [course, *others][i % 5].roster(*(rolls if i % 2 else rolls[::-1]))
    with ThreadPoolExecutor(16) as pool:
        assert {answer.status for answer in pool.map(send, range(40))} == {200}
    ids = {tuple(student["studentId"] for student in one.shown()["students"]) for one in (course, *others)}
    assert len(ids) == 1 and len(ids.pop()) == 60


def test_one_class_however_many_make_it(api, place):
    who = place.person("teacher")
    body = {"code": fresh("CO"), "name": "x", "section": "A"}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: api.post("/classes", token=who.token, json=body), range(32)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 31
    assert len(ok(api.get("/classes", token=who.token))) == 1


def test_a_class_deleted_under_others_hands(place, api):
    """Whoever comes late is told that it is gone, and never that the server failed."""
    who = place.person("teacher")
    for _ in range(6):
        course = Course(place, who)
        rolls = course.enrol(5)
        session = course.open()
        def send(i):
            if i == 8:
                return api.delete(f"/classes/{course.id}", token=who.token)
            return (lambda: course.session(f"2025-11-{i % 28 + 1:02}"), lambda: course.update(session, [{"rollNo": rolls[0], "status": "late"}]),
                    lambda: course.roster(fresh("r")), lambda: course.slot(i % 7 + 1), lambda: course.stats())[i % 5]()
        with ThreadPoolExecutor(12) as pool:
            statuses = {answer.status for answer in pool.map(send, range(24))}
        assert statuses <= {200, 201, 204, 404, 409}, statuses
