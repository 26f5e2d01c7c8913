"""The document of the interface is complete, and true: what it shows as an example is sent, and what comes back is what it says.

A world gives the ids that an example's 1 and 2 stand for. An area whose examples are to be sent has its world in WORLDS.
"""
import json
import re
from fnmatch import fnmatch
from urllib.request import Request, urlopen

import pytest
from jsonschema import Draft202012Validator

import sounds
from attendance import Desk, Place
from classroom import Room, new_phone, ok, person
from client import file_form, multipart
from courses import Player, address, new_name
from sockets import Socket

STREAM = "text/event-stream"


@pytest.fixture(scope="module")
def document(shared):
    return ok(shared.api.get("/openapi.json"))


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


# ---- completeness ----


def unbounded(schema):
    """Is a value of this schema as long as its sender likes? Whole numbers have a format, objects a limit of their own."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if "string" in types:
        return not {"maxLength", "enum", "format", "pattern", "contentMediaType"} & set(schema)
    if "integer" in types:
        return "format" not in schema and "maximum" not in schema
    return "array" in types and "maxItems" not in schema


def body_faults(operation):
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        if "example" not in media:
            yield f"{kind} has no example"
        for name, schema in media["schema"]["properties"].items():
            if unbounded(schema):
                yield f"{kind}: {name} has no bound"
        if "example" in media:
            yield from (f"{kind}: the example: {fault.message}" for fault in Draft202012Validator(media["schema"]).iter_errors(media["example"]))


def success_faults(operation):
    content = [media for status, answer in operation["responses"].items() if status < "400" for media in answer.get("content", {}).items()]
    if not content and "204" not in operation["responses"]:
        yield "what success answers is not shown"
    for kind, media in content:
        if "schema" not in media or "example" not in media:
            yield f"{kind} has no schema or no example"
        elif kind == "application/json":
            yield from (f"the example: {fault.message}" for fault in Draft202012Validator(media["schema"]).iter_errors(media["example"]))


# What answers an empty list for an id of nothing.
NEVER_ABSENT = {"GET /courses/{course_id}/videos", "GET /videos/course/{course_id}", "GET /progress/video/{video_id}",
                "GET /attendance/user/{user_id}", "GET /attendance/date/{date}"}


def refusals_due(name, operation):
    """The statuses that an operation of this kind can answer; of a set one is enough."""
    due = [{"503"}]
    if operation["security"]:
        due.append({"401"})
    if operation["x-caller"] not in ("anyone", "known"):
        due.append({"403"})
    if "{" in name and name not in NEVER_ABSENT:
        due.append({"404"})
    if "requestBody" in operation:
        due.append({"413"})
    if "{" in name or "requestBody" in operation:
        due.append({"422", "400"})
    return due


def faults(name, operation):
    if not operation.get("summary"):
        yield "no summary"
    for parameter in operation.get("parameters", ()):
        if unbounded(parameter["schema"]):
            yield f"{parameter['name']} has no bound"
    yield from body_faults(operation)
    yield from success_faults(operation)
    for statuses in refusals_due(name, operation):
        if not statuses & set(operation["responses"]):
            yield f"{' or '.join(sorted(statuses))} is not told"
    for status, answer in operation["responses"].items():
        if not answer["description"]:
            yield f"{status} has no description"


def test_every_operation_is_described_in_full(document):
    found = [f"{name}: {fault}" for name, operation in operations(document) for fault in faults(name, operation)]
    assert not found, "\n" + "\n".join(found)


def test_operations_have_names_of_their_own(document):
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_the_probe_sees_what_is_missing(document):
    operation = json.loads(json.dumps(document["paths"]["/sessions"]["post"]))
    media = operation["requestBody"]["content"]["application/json"]
    del operation["summary"], media["schema"]["properties"]["title"]["maxLength"], operation["responses"]["403"]
    media["example"] = {"title": 7}
    operation["responses"]["200"]["content"]["application/json"]["example"]["session_id"] = "one"
    assert {fault.split(":")[0] for fault in faults("POST /sessions", operation)} == {
        "no summary", "application/json", "the example", "403 is not told"}
    assert len(list(faults("POST /sessions", operation))) == 5


# ---- truth ----


def songs_form(example):
    """The form of an example with a file in it."""
    return file_form({name: value for name, value in example.items() if name != "file"}, "file", "air.wav", "audio/wav", sounds.wav(1))


class Classroom:
    """A class with one student in it and audio selected."""

    def __init__(self, api, campus):
        self.room = Room(api)
        self.student = self.room.student()
        pid = self.room.join(self.student)
        kind, form = songs_form({"title": "An air"})
        audio = ok(api.post("/audio/upload", self.room.teacher, body=form, content_type=kind))["audio_id"]
        ok(api.post(self.room.path("/audio/select"), self.room.teacher, query={"audio_id": audio}))
        self.people = {"teacher": self.room.teacher, "student": self.student, "known": self.student}
        self.values = {"session_id": self.room.id, "participant_id": pid, "target_participant_id": pid, "audio_id": audio,
                       "user_id": self.student.id, "student_id": self.student.id, "phone_number": new_phone(), "username": self.student.phone}


class Service:
    def __init__(self, api, campus):
        self.people, self.values = {}, {}


class Courses:
    """A course, whose first video a student has begun to watch."""

    def __init__(self, api, campus):
        student, name = campus.student(), new_name()
        course, videos = campus.course()
        self.people = {"admin": campus.admin, "student": student, "known": student}
        if api.post(f"/courses/{course['id']}/register", token=student.token).status != 200:
            raise AssertionError("a student could not register")
        Player(campus, videos[0]["id"], student).recorded(start_time="14:30:00")
        self.values = {"course_id": course["id"], "video_id": videos[0]["id"], "user_id": student.id, "email": f"{name}@example.org",
                       "username": student.name, "playlist_url": address(campus.youtube.add(2, "Another"))}
        self.other = {"POST /auth/signup": {"username": name}, "POST /courses/{course_id}/register": {"course_id": campus.course()[0]["id"]}}


WORLDS = {"attendance": lambda _, campus: Desk(Place(campus.server, campus.google)), "classroom": Classroom, "service": Service, "courses": Courses}


@pytest.fixture(scope="module")
def areas(campus):
    """(name of the area, its interface, its own document) for each that has a world."""
    mounts = [(area, type(campus.api)(campus.api.host, campus.api.port, f"/m/{area}")) for area in WORLDS]
    return [(area, api, ok(api.get("/openapi.json"))) for area, api in mounts]


def encoded(kind, example):
    """Content type and bytes of a body."""
    if kind == "multipart/form-data":
        return songs_form(example) if "file" in example else multipart(example)
    if kind == "application/x-www-form-urlencoded":
        return kind, "&".join(f"{name}={value}" for name, value in example.items()).encode()
    return kind, json.dumps(example).encode()


def closed(schema):
    """The schema of an answer that has nothing but what it names."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    more = {"additionalProperties": schema.get("additionalProperties", False)} if "properties" in schema else {}
    return {**{name: closed(part) for name, part in schema.items()}, **more}


class Case:
    """An operation of an area with one of its examples, in a world of its own."""

    def __init__(self, api, campus, area, name, operation, kind, example):
        self.api, self.name, self.operation, self.kind, self.example = api, name, operation, kind, example
        self.world = WORLDS[area](api, campus)
        self.values = {**self.world.values, **getattr(self.world, "other", {}).get(name, {})}
        self.success = next(status for status in sorted(operation["responses"]) if status < "300")
        self.content = operation["responses"][self.success].get("content", {})

    def caller(self):
        return self.world.people.get(self.operation["x-caller"])

    def path(self):
        return re.sub(r"{(\w+)}", lambda match: str(self.values.get(match[1], "2026-02-24")), self.name.split(" ")[1])

    def send(self, who):
        query = {parameter["name"]: self.values[parameter["name"]] for parameter in self.operation.get("parameters", ())
                 if parameter["in"] == "query" and parameter["required"]}
        example = {name: self.values.get(name, value) for name, value in (self.example or {}).items()}
        content_type, body = encoded(self.kind, example) if self.kind else (None, None)
        return self.api.call(self.name.split(" ")[0], self.path(), token=who.token if who else None, query=query, body=body,
                             content_type=content_type)

    def check(self):
        if STREAM in self.content:
            return self.check_stream()
        if self.success == "101":
            return self.check_socket()
        answer = self.send(self.caller())
        if self.success == "204":
            assert (answer.status, answer.body, answer.header("content-type")) == (204, b"", None) and not self.content, answer
            return None
        kind = answer.header("content-type").split(";")[0]
        assert str(answer.status) == self.success and any(fnmatch(kind, said) for said in self.content), answer
        if kind == "application/json":
            Draft202012Validator(closed(self.content[kind]["schema"])).validate(answer.json())
        return None

    def check_stream(self):
        """An endless answer: that it begins is enough."""
        request = Request(f"http://{self.api.host}:{self.api.port}{self.api.mount}{self.path()}",
                          headers={"Authorization": f"Bearer {self.caller().token}"})
        with urlopen(request, timeout=60) as answer:
            assert answer.status == 200 and answer.headers["content-type"].startswith(STREAM)
            assert answer.readline().startswith((b"retry:", b"event:", b"id:"))


    def check_socket(self):
        """It is opened; what it says then is its own tests' matter."""
        with Socket(self.api, self.path(), {"Authorization": f"Bearer {self.caller().token}"}) as socket:
            assert socket.status == 101, socket.head


def cases(areas, campus):
    for area, api, document in areas:
        for name, operation in operations(document):
            if operation["tags"] != [area]:
                continue
            for kind, media in operation.get("requestBody", {"content": {None: {}}})["content"].items():
                yield Case(api, campus, area, name, operation, kind, media.get("example"))


def test_an_answer_that_is_not_as_described_is_seen():
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "items": {
        "type": "object", "properties": {"b": {"type": ["integer", "null"]}}, "required": ["b"]}}, "c": {"type": "object"}}}
    judge = Draft202012Validator(closed(schema))
    for good in ({"a": []}, {"a": [{"b": None}, {"b": 1}], "c": {"any": 1}}):
        assert judge.is_valid(good)
    for bad in ({}, {"a": [], "d": 1}, {"a": [{"b": 1, "d": 1}]}, {"a": [{}]}, {"a": [{"b": "1"}]}):
        assert not judge.is_valid(bad)


def test_every_example_is_taken_and_answered_as_described(areas, campus):
    wrong, sent = [], set()
    for case in cases(areas, campus):
        sent.add((case.api.mount, case.name))
        try:
            case.check()
        except Exception as why:  # all that is wrong is told at once
            wrong.append(f"{case.name} {case.kind or ''}: {str(why)[:600]}")
    assert not wrong and len(sent) > 50, "\n".join(wrong)


def strangers(case, student):
    """Who else may ask, and for what: nobody, somebody else, and whoever may but for something that is not there."""
    yield None, {}
    yield student, {}
    yield case.caller(), {name: 2_000_000_000 for name in case.values if name.endswith("_id")}


def test_a_refusal_is_one_that_is_told(areas, campus):
    """Each refusal stands in the document with its words."""
    student = person(campus.api, "student")
    for case in cases(areas, campus):
        if not case.operation["security"] or STREAM in case.content:
            continue
        for who, values in strangers(case, student):
            case.values = {**case.values, **values}
            answer = case.send(who)
            if answer.status < 300:
                continue
            told = case.operation["responses"].get(str(answer.status))
            assert told, (case.name, answer)
            if isinstance(answer.detail, str) and "A value is missing" not in told["description"]:
                assert answer.detail.split(": '")[0] in told["description"].split("; "), (case.name, answer, told["description"])
