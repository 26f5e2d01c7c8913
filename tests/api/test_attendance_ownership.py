"""Who may do what to whose class: every endpoint of the attendance area, for everybody (contract, section 2.2).

The rows come from the area's own document. What each is asked, and what an owner, another teacher and an admin are answered, stands in ASKED:
an endpoint that is added to the table and not here fails.
"""
import uuid
from typing import NamedTuple

import pytest

from attendance import Course, fresh
from classroom import ok, person
from courses import member

OWN = "their own"  # everybody asks for themselves: nobody's class is in question


class Asked(NamedTuple):
    """A request about a scene's class, and the statuses: the owner's, another teacher's (OWN: as the owner's), an admin's."""
    success: int
    other: object = 403
    admin: int = None
    body: object = None
    query: object = None


def session_body(scene):
    return {"classId": scene.course.id, "sessionDate": "2025-10-30"}


MOVE = {"original_date": "2025-10-27", "rescheduled_date": "2025-10-29", "rescheduled_start_time": "11:00", "rescheduled_end_time": "12:00"}
ASKED = {
    "GET /users/me": Asked(200, OWN),
    "GET /audit": Asked(403, OWN, admin=200),
    "GET /classes": Asked(200, OWN),
    "POST /classes": Asked(201, OWN, body=lambda scene: {"code": fresh("CO"), "name": "x", "section": "A"}),
    "DELETE /classes/{class_id}": Asked(204),
    "POST /classes/{class_id}/schedules": Asked(201, body=lambda _: {"day_of_week": 5, "start_time": "09:00", "end_time": "10:00"}),
    "POST /classes/{class_id}/reschedules": Asked(201, 404, body=lambda _: MOVE),
    "GET /classes/{class_id}/reschedules": Asked(200, 404),
    "PUT /classes/reschedules/{id}": Asked(200, 404, body=lambda _: {"reason": "changed"}),
    "DELETE /classes/reschedules/{id}": Asked(204, 404),
    "PUT /classes/{class_id}/students": Asked(200, body=lambda scene: {"students": [{"rollNo": scene.roll, "name": "Changed"}]}),
    "POST /attendance/sessions": Asked(200, body=session_body),
    "GET /attendance/sessions": Asked(200, query=lambda scene: {"classId": scene.course.id}),
    "PUT /attendance/sessions/{session_id}/statuses": Asked(200, body=lambda scene: {"updates": [{"rollNo": scene.roll, "status": "late"}]}),
    "GET /stats/classes/{class_id}/students": Asked(200),
}
PUBLIC = {"GET /health", "POST /auth/google"}
TOKENS = {"POST /auth/logout", "POST /auth/refresh"}  # of whoever has the token: test_tokens


class Scene:
    """A class with a slot, a move, a student and a session, and who may come to it."""

    def __init__(self, house):
        self.course = Course(house.place, house.owner)
        self.roll = self.course.enrol(1)[0]
        self.course.slot()
        self.session = self.course.open()
        self.course.mark(self.session, **{self.roll: "present"})
        self.ids = {"class_id": self.course.id, "session_id": self.session, "id": self.course.move().json()["id"]}
        self.database = house.place.database

    def state(self):
        """All that is kept of the class."""
        tables = ("class_schedules", "class_reschedules", "class_students", "attendance_sessions")
        kept = [self.database.rows(f"select * from attendance.{table} where class_id = '{self.course.id}' order by 1") for table in tables]
        return [*kept, self.database.rows(f"select * from attendance.classes where id = '{self.course.id}'"),
                self.database.rows(f"select * from attendance.attendance_statuses where session_id = '{self.session}' order by 1, 2"),
                self.database.rows(f"select * from attendance.students where roll_no = '{self.roll}'")]


class House:
    def __init__(self, place):
        self.place = place
        self.document = ok(place.api.get("/m/attendance/openapi.json"))
        self.owner, self.other, self.admin = place.person("teacher"), place.person("teacher"), place.person("admin")
        self.strangers = {"student of the classroom": person(place.api, "student"), "teacher of the classroom": person(place.api, "teacher"),
                          "student of courses": member(place.api, "student"), "admin of courses": member(place.api, "admin")}

    def names(self):
        return [f"{method.upper()} {path}" for path, methods in self.document["paths"].items() for method, operation in methods.items()
                if "attendance" in operation["tags"]]

    def ask(self, name, scene, who, ids=None):
        method, path = name.split(" ")
        for key, value in (ids or scene.ids).items():
            path = path.replace(f"{{{key}}}", str(value))
        assert "{" not in path, path
        asked = ASKED[name]
        body = {"json": asked.body(scene)} if asked.body else {}
        return self.place.api.call(method, f"/m/attendance{path}", token=who.token if who else None,
                                   query=asked.query(scene) if asked.query else None, **body)


@pytest.fixture(scope="module")
def house(place):
    return House(place)


@pytest.fixture(params=sorted(ASKED))
def name(request):
    return request.param


def test_every_endpoint_of_the_document_is_asked(house):
    assert sorted(house.names()) == sorted([*ASKED, *PUBLIC, *TOKENS])


def test_what_is_public_says_so(house):
    for one in PUBLIC:
        method, path = one.split(" ")
        assert house.document["paths"][path][method.lower()]["x-caller"] == "anyone"
    for one in ASKED:
        method, path = one.split(" ")
        assert house.document["paths"][path][method.lower()]["x-caller"] in ("known", "teacher", "admin")


def test_strangers_are_kept_out_and_change_nothing(house, name):
    scene = Scene(house)
    before = scene.state()
    anonymous = house.ask(name, scene, None)
    assert anonymous.status == 401 and anonymous.header("www-authenticate") == "Bearer", anonymous
    for word, who in house.strangers.items():
        answer = house.ask(name, scene, who)
        assert (answer.status, answer.detail) == (403, "Teacher or admin access required"), (word, answer)
    assert scene.state() == before


def test_another_teacher(house, name):
    """What is refused changes nothing, and tells nothing of the class."""
    scene, asked = Scene(house), ASKED[name]
    before = scene.state()
    answer = house.ask(name, scene, house.other)
    if asked.other == OWN:
        assert answer.status == asked.success, answer
        assert scene.course.id.encode() not in answer.body
    else:
        assert answer.status == asked.other and set(answer.json()) == {"detail"}, answer
    assert scene.state() == before


def test_the_owner(house, name):
    answer = house.ask(name, Scene(house), house.owner)
    assert answer.status == ASKED[name].success, answer


def test_an_admin(house, name):
    answer = house.ask(name, Scene(house), house.admin)
    assert answer.status == (ASKED[name].admin or ASKED[name].success), answer


def test_what_is_not_there_is_unknown_to_all(house, name):
    scene = Scene(house)
    if "{" not in name:
        return
    nothing = {"class_id": uuid.uuid4(), "session_id": uuid.uuid4(), "id": 2**40}
    for who in (house.owner, house.other, house.admin):
        assert house.ask(name, scene, who, nothing).status == 404


def test_an_admin_who_opened_a_session_and_is_one_no_more(house):
    """Who opened a session may go on marking in it; the rest of the class is closed to them."""
    place, scene = house.place, Scene(house)
    former = place.person("admin")
    session = ok(scene.course.session("2025-12-01", who=former))["sessionId"]
    place.database.text(f"update attendance.allowed_emails set role = 'teacher' where email = '{former.email}'")
    former = former._replace(token=ok(place.sign_in(former.email))["token"])
    ok(scene.course.update(session, [{"rollNo": scene.roll, "status": "late"}], who=former))
    assert scene.course.update(scene.session, [], who=former).status == 403
    assert scene.course.sessions(who=former).status == 403
