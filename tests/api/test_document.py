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
from classroom import Room, new_phone, ok, person
from client import file_form, multipart

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
    if not content:
        yield "what success answers is not shown"
    for kind, media in content:
        if "schema" not in media or "example" not in media:
            yield f"{kind} has no schema or no example"
        elif kind == "application/json":
            yield from (f"the example: {fault.message}" for fault in Draft202012Validator(media["schema"]).iter_errors(media["example"]))


def refusals_due(name, operation):
    """The statuses that an operation of this kind can answer."""
    due = {"503"}
    if operation["security"]:
        due |= {"401", "404"}
    if operation["x-caller"] not in ("anyone", "known"):
        due.add("403")
    if "{" in name:
        due |= {"404", "422"}
    if "requestBody" in operation:
        due |= {"413", "422"}
    return due


def faults(name, operation):
    if not operation.get("summary"):
        yield "no summary"
    for parameter in operation.get("parameters", ()):
        if unbounded(parameter["schema"]):
            yield f"{parameter['name']} has no bound"
    yield from body_faults(operation)
    yield from success_faults(operation)
    for status in sorted(refusals_due(name, operation) - set(operation["responses"])):
        yield f"{status} is not told"
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


class Classroom:
    """A class with one student in it and audio selected."""

    def __init__(self, server):
        self.room = Room(server.api)
        self.student = self.room.student()
        pid = self.room.join(self.student)
        audio = upload(server, self.room.teacher)
        ok(server.api.post(self.room.path("/audio/select"), self.room.teacher, query={"audio_id": audio}))
        self.values = {"session_id": self.room.id, "participant_id": pid, "target_participant_id": pid, "audio_id": audio,
                       "user_id": self.student.id, "student_id": self.student.id, "phone_number": new_phone(), "username": self.student.phone}

    def caller(self, operation):
        return {"anyone": None, "teacher": self.room.teacher}.get(operation["x-caller"], self.student)


class Service:
    def __init__(self, server):
        self.values = {}

    def caller(self, operation):
        return None


WORLDS = {"classroom": Classroom, "service": Service}


def upload(server, owner):
    kind, body = file_form({"title": "An air"}, "file", "air.wav", "audio/wav", sounds.wav(1))
    return ok(server.api.post("/audio/upload", owner, body=body, content_type=kind))["audio_id"]


def with_ids(example, values):
    return {name: values.get(name, value) for name, value in example.items()}


def encoded(kind, example):
    """Content type and bytes of a body."""
    if kind == "multipart/form-data":
        return multipart(example)
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


def send(server, name, operation, world, kind=None, example=None):
    method, path = name.split(" ")
    path = re.sub(r"{(\w+)}", lambda match: str(world.values[match[1]]), path)
    query = {parameter["name"]: world.values[parameter["name"]] for parameter in operation.get("parameters", ())
             if parameter["in"] == "query" and parameter["required"]}
    content_type, body = encoded(kind, with_ids(example, world.values)) if kind else (None, None)
    return server.api.call(method, path, world.caller(operation), query=query, body=body, content_type=content_type)


def check(answer, operation):
    media = operation["responses"]["200"]["content"]
    kind = answer.header("content-type").split(";")[0]
    assert answer.status == 200 and any(fnmatch(kind, told) for told in media), answer
    if kind == "application/json":
        Draft202012Validator(closed(media[kind]["schema"])).validate(answer.json())


def test_an_answer_that_is_not_as_described_is_seen():
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "items": {
        "type": "object", "properties": {"b": {"type": ["integer", "null"]}}, "required": ["b"]}}, "c": {"type": "object"}}}
    judge = Draft202012Validator(closed(schema))
    for good in ({"a": []}, {"a": [{"b": None}, {"b": 1}], "c": {"any": 1}}):
        assert judge.is_valid(good)
    for bad in ({}, {"a": [], "d": 1}, {"a": [{"b": 1, "d": 1}]}, {"a": [{}]}, {"a": [{"b": "1"}]}):
        assert not judge.is_valid(bad)


def check_stream(server, name, operation, world):
    """An endless answer: that it begins is enough."""
    path = name.split(" ")[1].format(**world.values)
    request = Request(f"http://{server.api.host}:{server.port}{path}?user_id={world.caller(operation).id}")
    with urlopen(request, timeout=60) as answer:
        assert answer.status == 200 and answer.headers["content-type"].startswith(STREAM)
        assert answer.readline().startswith((b"retry:", b"event:", b"id:"))


def sendable(document):
    """(name, operation, kind of body, example) of everything in the areas that have a world."""
    for name, operation in operations(document):
        if operation["tags"][0] not in WORLDS:
            continue
        for kind, media in operation.get("requestBody", {"content": {None: {}}})["content"].items():
            if not any("contentMediaType" in schema for schema in media.get("schema", {}).get("properties", {}).values()):
                yield name, operation, kind, media.get("example")


def test_every_example_is_taken_and_answered_as_described(server, document):
    wrong, sent = [], 0
    for name, operation, kind, example in sendable(document):
        world = WORLDS[operation["tags"][0]](server)
        sent += 1
        try:
            if STREAM in operation["responses"]["200"].get("content", {}):
                check_stream(server, name, operation, world)
            else:
                check(send(server, name, operation, world, kind, example), operation)
        except Exception as why:  # all that is wrong is told at once
            wrong.append(f"{name} {kind or ''}: {str(why)[:600]}")
    assert not wrong and sent > 20, "\n".join(wrong)


def test_a_refusal_is_one_that_is_told(server, document):
    """Nobody, a stranger, and ids of nothing: each refusal stands in the document with its words."""
    stranger = person(server.api, "student")
    for name, operation, kind, example in sendable(document):
        if not operation["security"] or STREAM in operation["responses"]["200"].get("content", {}):
            continue
        world = WORLDS[operation["tags"][0]](server)
        for caller, values in ((None, {}), (stranger, {}), (world.room.teacher, {"session_id": 2_000_000_000, "participant_id": 2_000_000_000})):
            world.caller = lambda _, who=caller: who
            world.values = {**world.values, **values}
            answer = send(server, name, operation, world, kind, example)
            if answer.status == 200:
                continue
            told = operation["responses"].get(str(answer.status))
            assert told, (name, answer)
            if isinstance(answer.detail, str):
                assert answer.detail.split(": '")[0] in told["description"].split("; "), (name, answer, told["description"])
