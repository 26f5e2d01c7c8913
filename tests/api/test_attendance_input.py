"""Whatever is sent to the attendance area: a clear refusal or an answer, and never a failure (contract, sections 2, 12.7, 12.13, 13).

The endpoints, their fields and a good request for each come from the area's own document; one value at a time is made hostile.
"""
import json
import re
import uuid
from urllib.parse import quote

import pytest

from attendance import Desk
from classroom import loc_of, ok, refused
from client import target_of

TEXTS = ["", " ", "x", "\0", "a\0b", "\u202e\ufeff\u200d", "\U0001f600" * 60, "'; drop table classes; --", "\" or 1=1", "%s%n%00", "\\", "n" * 5000,
         "n" * 70000, "null", "NaN", "infinity", "epoch", "-1", "1e999", "9" * 40, "2025-02-30", "0000-01-01", "10000-01-01", "9999-12-31", "24:00",
         "23:59:60", "00:00", "{}", str(uuid.uuid4()), str(uuid.UUID(int=0)), "[" * 300]
OTHERS = [None, True, False, 0, -1, 1.5, 2**31, 2**53, -2**63, 1e308, 5e-324, [], [[]], [None], {}, {"a": {"b": []}}]
PLACES = {"body", "query", "path"}


class Row:
    """An endpoint, with a good request for it."""

    def __init__(self, place, name, operation):
        self.place, self.name, self.operation = place, name, operation
        self.desk = Desk(place)
        self.method, self.path = name.split(" ")
        self.who = self.desk.people.get(operation["x-caller"])
        self.values = {**self.desk.values, **self.desk.other.get(name, {})}
        content = operation.get("requestBody", {"content": {}})["content"].get("application/json")
        self.schema = content["schema"] if content else {"properties": {}}
        self.body = {key: self.values.get(key, value) for key, value in content["example"].items()} if content else None

    def names(self, where):
        return [one["name"] for one in self.operation.get("parameters", ()) if one["in"] == where]

    def query(self):
        return {name: self.values[name] for name in self.names("query") if name in self.values}

    def bodies(self):
        """A good body but for one value; of a list, of the value of its one item."""
        for name, schema in self.schema["properties"].items():
            for value in TEXTS + OTHERS:
                yield {**self.body, name: value}
            for inner in schema.get("items", {}).get("properties", {}):
                for value in TEXTS + OTHERS:
                    yield {**self.body, name: [{**self.body[name][0], inner: value}]}

    def send(self, query=None, path=None, **body):
        target = re.sub(r"{(\w+)}", lambda match: quote(str({**self.values, **(path or {})}[match[1]]), safe=""), self.path)
        target = target_of(f"/m/attendance{target}", self.query() if query is None else query)
        return self.place.api.call(self.method, target, token=self.who.token if self.who else None, **body)


def is_clear(answer):
    """An answer, or a refusal in one of the two forms, that tells nothing of the inside."""
    if answer.status in (200, 201, 204):
        return True
    assert answer.status in (400, 401, 403, 404, 409, 413, 422), answer
    assert set(answer.json()) == {"detail"} and answer.header("content-type") == "application/json", answer
    if answer.status == 422:
        assert all(loc[0] in PLACES for loc in loc_of(answer)), answer
    else:
        assert isinstance(answer.detail, str) and answer.detail, answer
    told = re.sub(r'"input": *("(\\.|[^"\\])*"|[^,}]*)', "", answer.body.decode())
    return not re.search(r"(?i)sqlstate|relation|constraint|syntax|pg_|insert|select|\.c\b", told)


def rows_of(place):
    document = ok(place.api.get("/m/attendance/openapi.json"))
    return {f"{method.upper()} {path}": operation for path, methods in document["paths"].items() for method, operation in methods.items()
            if operation["tags"] == ["attendance"]}


NAMES = ["DELETE /classes/reschedules/{id}", "DELETE /classes/{class_id}", "GET /attendance/sessions", "GET /audit", "GET /classes",
         "GET /classes/{class_id}/reschedules", "GET /health", "GET /stats/classes/{class_id}/students", "GET /users/me", "POST /attendance/sessions",
         "POST /auth/google", "POST /classes", "POST /classes/{class_id}/reschedules", "POST /classes/{class_id}/schedules",
         "PUT /attendance/sessions/{session_id}/statuses", "PUT /classes/reschedules/{id}", "PUT /classes/{class_id}/students"]
TOKENS = ["POST /auth/logout", "POST /auth/refresh"]  # the same in every area: test_tokens
WITH_BODY = [name for name in NAMES if name.startswith(("POST", "PUT"))]


@pytest.fixture(scope="module")
def rows(place):
    return rows_of(place)


@pytest.fixture
def row(place, rows, name):
    return Row(place, name, rows[name])


def never_failed(place):
    said = place.server.stderr()
    assert "the database refused" not in said, said[-2000:]


def test_all_endpoints_are_here(rows):
    assert sorted(rows) == sorted(NAMES + TOKENS)


@pytest.mark.parametrize("name", NAMES)
def test_a_good_request_is_good(row):
    """Else the others would prove little."""
    assert row.send(**({"json": row.body} if row.body else {})).status in (200, 201, 204)


@pytest.mark.parametrize("name", WITH_BODY)
def test_hostile_values(place, row):
    for body in row.bodies():
        assert is_clear(row.send(json=body)), body
    never_failed(place)


@pytest.mark.parametrize("name", WITH_BODY)
def test_nul_in_a_text_is_a_fault_of_that_text(row):
    for field, schema in row.schema["properties"].items():
        if "string" in schema.get("type", ()) and not {"format", "pattern"} & set(schema) and row.name != "POST /auth/google":
            assert ["body", field] in loc_of(row.send(json={**row.body, field: "a\0b"}))


@pytest.mark.parametrize("name", WITH_BODY)
def test_bodies_that_are_no_object(place, row):
    empty = [b"", b" "] if row.schema.get("required") else []  # an empty one says nothing that would have to be said
    for body in (*empty, b"{", b"{]", b"null", b"5", b"[]", b'"x"', b"\xff", b"\0", b'{"a":"\\ud800"}', b'{"a":"\xed\xa0\x80"}', b"[" * 5000, b'{"a":1}}'):
        answer = row.send(body=body, content_type="application/json")
        assert loc_of(answer)[0][0] == "body" and is_clear(answer), body
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
        assert loc_of(row.send(body=json.dumps(row.body).encode(), content_type=kind)) == [["body"]]
    never_failed(place)


@pytest.mark.parametrize("name", WITH_BODY)
def test_bodies_without_an_end(row):
    filler = b'{"filler":"' + b"x" * (11 << 20) + b'"}'
    refused(row.send(body=filler, content_type="application/json"), 413, "Request body too large")


@pytest.mark.parametrize("name", [name for name in NAMES if "{" in name])
def test_hostile_ids(place, row):
    for key in row.names("path"):
        for text in [text for text in TEXTS if text and len(text) < 5000]:
            answer = row.send(path={key: text}, **({"json": row.body} if row.body else {}))
            assert answer.status in (404, 422) and is_clear(answer), (text, answer)
    never_failed(place)


@pytest.mark.parametrize("name", ["GET /attendance/sessions", "GET /audit", "GET /classes/{class_id}/reschedules"])
def test_hostile_queries(place, row):
    for key in row.names("query"):
        for text in [text for text in TEXTS if len(text) < 5000]:
            assert is_clear(row.send(query={**row.query(), key: text})), (key, text)
        assert is_clear(row.send(query=[(key, "x"), (key, "y")]))
    never_failed(place)


@pytest.mark.parametrize("name", NAMES)
def test_another_method(row):
    answer = row.place.api.call("PATCH", f"/m/attendance{row.path}".replace("{", "").replace("}", ""))
    refused(answer, 405, "Method Not Allowed")


def test_a_list_of_updates_has_a_limit(place):
    desk = Desk(place)
    updates = [{"rollNo": f"r{i}", "status": "late"} for i in range(5001)]
    assert len(ok(desk.course.update(desk.values["session_id"], updates[:5000]))["skipped"]) == 5000
    assert loc_of(desk.course.update(desk.values["session_id"], updates)) == [["body", "updates"]]


def test_the_order_of_judgement(place):
    """Token, role, syntax, existence, ownership, rules: whoever is refused for one learns nothing of the next."""
    desk, other, nothing = Desk(place), place.person("teacher"), str(uuid.uuid4())
    call = place.api.call
    slots = "/classes/{}/schedules".format
    bad, backwards = {"day_of_week": 9, "start_time": "x"}, {"day_of_week": 3, "start_time": "10:00", "end_time": "09:00"}
    assert call("POST", slots(nothing), json=bad).status == 401
    assert call("POST", slots(nothing), token="a.b.c", json=bad).status == 401
    assert call("POST", slots("x"), token=other.token, json=bad).status == 422
    assert call("POST", slots(nothing), token=other.token, json=bad).status == 422
    assert call("POST", slots(desk.course.id), token=other.token, json=bad).status == 422
    assert call("POST", slots(nothing), token=other.token, json=backwards).status == 404
    assert call("POST", slots(desk.course.id), token=other.token, json=backwards).status == 403
    assert call("POST", slots(desk.course.id), token=desk.course.teacher.token, json=backwards).status == 422


def test_a_failure_says_nothing_of_the_inside(own_place):
    """What is wrong stands in the log; the server goes on."""
    place = own_place()
    token = place.person().token
    place.database.text("alter table attendance.class_reschedules rename to somewhere_else")
    answer = place.api.get("/classes", token=token)
    assert (answer.status, answer.json()) == (500, {"detail": "Internal server error"})
    said = place.server.stderr()
    assert "statement=ATTENDANCE_CLASSES sqlstate=42P01" in said and token not in said
    place.database.text("alter table attendance.somewhere_else rename to class_reschedules")
    assert ok(place.api.get("/classes", token=token)) == []
