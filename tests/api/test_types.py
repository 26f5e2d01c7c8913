"""Contract section 1: types, bounds, errors, CORS, mounts: whatever is sent, the answer is never a 500."""
import json

import pytest

from classroom import ABSENT, Room, is_stamp, loc_of, ok, refused

OVERFLOW = [2**31, 2**31 + 5, 2**32, 2**63, 10**30, -(2**31) - 1]

PATHS_WITH_ID = [
    ("DELETE", "/sessions/{}"), ("GET", "/sessions/{}/state"), ("POST", "/sessions/{}/join"),
    ("GET", "/sessions/{}/chat"), ("GET", "/sessions/{}/logs"), ("GET", "/sessions/{}/logs/summary"),
    ("GET", "/sse/sessions/{}"), ("POST", "/sessions/{}/action"), ("POST", "/sessions/{}/chat"),
    ("DELETE", "/sessions/{}/participants/1"), ("POST", "/sessions/{}/participants/1/mute"),
    ("POST", "/sessions/{}/audio/select"), ("POST", "/sessions/{}/audio/play"), ("POST", "/sessions/{}/audio/pause"),
    ("POST", "/sessions/{}/audio/control"), ("GET", "/sessions/{}/audio/state"),
    ("DELETE", "/sessions/1/participants/{}"), ("POST", "/sessions/1/participants/{}/mute"),
]
BODIES = {"/action": {"type": "raise_hand"}, "/chat": {"participant_id": 1, "message": "x"},
          "/control": {"action": "pause"}}


def body_of(method, path):
    fits = [body for end, body in BODIES.items() if method == "POST" and path.endswith(end)]
    return {"json": fits[0]} if fits else {}


@pytest.mark.parametrize("method, path", PATHS_WITH_ID)
def test_ids_out_of_range_are_404_or_422(api, teacher, method, path):
    for number in OVERFLOW + [0, -1, ABSENT, 2**31 - 1]:
        answer = api.call(method, path.format(number), teacher, **body_of(method, path))
        assert answer.status in (404, 422), (number, answer)


@pytest.mark.parametrize("method, path", PATHS_WITH_ID)
def test_ids_that_are_no_integers_are_422(api, teacher, method, path):
    for text in ("abc", "1.5", "1e3", "%20", "0x10", "1%00", "%C3%BC", "null", "--1"):
        answer = api.call(method, path.format(text), teacher, **body_of(method, path))
        assert answer.status == 422, (text, answer)
        assert loc_of(answer)[0][0] == "path"


@pytest.mark.parametrize("path", ["/nope", "/sessions/1/nope", "/sessions/1/state/x", "/sse", "/sse/sessions",
                                  "/auth", "/SESSIONS/active", "/sessions//state", "/m", "/m/nowhere/sessions/active",
                                  "/%00", "/%ff"])
def test_unknown_paths(api, teacher, path):
    refused(api.get(path, teacher), 404, "Not Found")


@pytest.mark.parametrize("method, path, allowed", [
    ("GET", "/auth/register", {"POST"}), ("PUT", "/auth/login", {"POST"}), ("PATCH", "/sessions", {"POST"}),
    ("POST", "/sessions/active", {"GET"}), ("GET", "/sessions/1", {"DELETE"}),
    ("PUT", "/sessions/1/chat", {"GET", "POST"}), ("DELETE", "/sse/sessions/1", {"GET"}),
    ("GET", "/sessions/1/action", {"POST"}), ("GET", "/sessions/1/join", {"POST"}),
    ("DELETE", "/sessions/1/logs", {"GET"}), ("POST", "/users/students", {"GET"}),
    ("GET", "/sessions/1/participants/1", {"DELETE"}), ("GET", "/sessions/1/participants/1/mute", {"POST"}),
])
def test_wrong_methods(api, method, path, allowed):
    answer = api.call(method, path)
    refused(answer, 405, "Method Not Allowed")
    assert {word.strip() for word in answer.header("allow").split(",")} - {"HEAD", "OPTIONS"} == allowed


# --- bodies


def action(room, raw, content_type="application/json"):
    return room.api.post(room.path("/action"), room.teacher, body=raw, content_type=content_type)


@pytest.mark.parametrize("raw", [
    b"", b" ", b"{", b"}", b"{]", b'{"type"', b'{"type":"chat",}', b"{'type':'chat'}", b"NaN", b'{"type":tru}',
    b'{"type":"chat" "text":"x"}', b'{"type":"a"}{"type":"b"}', b"\xff\xfe", b"\0", b'{"type":"\x01"}',
    b'{"type":"\\x"}', b'{"type":"\\u12"}', b'{"n":01}', b'{"n":1.}',
], ids=repr)
def test_malformed_json(room, raw):
    loc_of(action(room, raw))


def test_malformed_json_comes_before_identity(api, room):
    answer = api.post(room.path("/action"), body=b"{", content_type="application/json")
    assert loc_of(answer)[0][0] == "body"
    assert answer.detail[0]["type"] == "value_error.jsondecode"


@pytest.mark.parametrize("raw", [b"[]", b'"raise_hand"', b"1", b"true", b"null"], ids=repr)
def test_json_that_is_no_object(room, raw):
    loc_of(action(room, raw))


@pytest.mark.parametrize("depth", [100, 10_000, 200_000])
@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")], ids=["lists", "objects"])
def test_deep_nesting(room, depth, opening, closing):
    deep = opening * depth + (b"1" if opening != b"[" else b"") + closing * depth
    if len(deep) < 1_000_000:
        answer = action(room, b'{"type":"raise_hand","payload":{"x":' + deep + b"}}")
        assert answer.status in (200, 400, 413, 422), answer
    assert action(room, opening * depth).status in (413, 422)


def test_a_deep_signal_is_relayed_or_refused(room, student):
    with room.stream(student) as stream:
        payload = b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}"
        target = stream.seen[0].data["participant_id"]
        answer = action(room, b'{"type":"webrtc_signal","target_participant_id":%d,"payload":%s}' % (target, payload))
        assert answer.status in (200, 400, 413, 422)
        relayed = room.fence(stream)
        assert [frame.event for frame in relayed] == (["webrtc_signal"] if answer.status == 200 else [])


@pytest.mark.parametrize("size", [100_000, 1_000_000, 3_000_000])
def test_huge_bodies(room, size):
    answer = action(room, json.dumps({"type": "raise_hand", "filler": "x" * size}).encode())
    assert answer.status == (200 if size < 1_000_000 else 413) or (size == 1_000_000 and answer.status == 200), answer


def test_many_keys_and_repeated_keys(room):
    for n, statuses in ((2_000, (200, 422)), (20_000, (413,))):
        assert action(room, json.dumps({"type": "raise_hand", **{f"key{i}": i for i in range(n)}}).encode()).status in statuses
    assert action(room, b'{"type":"dance","type":"raise_hand"}').status in (200, 422)


@pytest.mark.parametrize("raw", [b'{"type":"chat","text":"a\\u0000b"}', b'{"type":"chat","text":"a\0b"}',
                                 b'{"type":"chat","text":"\xff\xfe"}', b'{"type":"chat","text":"\xc0\x80"}',
                                 b'{"type":"chat","text":"\xed\xa0\x80"}', b'{"type":"chat","text":"\\udc00"}',
                                 b'{"type":"a\\u0000b"}'], ids=repr)
def test_nul_and_invalid_utf8_are_refused(room, raw):
    loc_of(action(room, raw))
    assert room.history() == []


@pytest.mark.parametrize("text", ["%00", "%ff", "%C0%80", "%ED%A0%80", "a%00b"])
def test_nul_and_invalid_utf8_in_query_and_form(api, room, text):
    answer = api.get(f"{room.path('/logs')}?event_type={text}&user_id={room.teacher.id}")
    assert answer.status == 422, answer
    form = f"username={text}12345678901&password=secret{text}".encode()
    assert api.post("/auth/login", body=form, content_type="application/x-www-form-urlencoded").status == 422


@pytest.mark.parametrize("value, number", [("987654", True), (987654.0, True), ("5.5", False), (5.5, False), (True, False),
                                           ("", False), ([5], False), (1e400, False), ("0x5", False), (" 5 ", None)])
def test_integers_in_json(room, student, value, number):
    """Integral floats and numeric strings are integers, as in the first implementation; booleans are not."""
    room.join(student)
    raw = json.dumps({"type": "mute_participant", "target_participant_id": value}).replace("Infinity", "1e400").encode()
    answer = action(room, raw)
    if number is None:
        assert answer.status in (404, 422)
    else:
        assert answer.status == (404 if number else 422), answer


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json"])
def test_other_content_types_are_422(room, content_type):
    assert action(room, b'{"type":"raise_hand"}', content_type).status == 422


def test_a_missing_content_type_reads_as_json(room):
    ok(action(room, b'{"type":"raise_hand"}', None))


# --- answers


def test_answers_are_json_with_a_length(api, room):
    answer = api.get(room.path("/state"), room.teacher)
    assert answer.header("content-type").split(";")[0] == "application/json"
    assert int(answer.header("content-length")) == len(answer.body)


def test_head_has_no_body(api, teacher):
    answer = api.call("HEAD", "/livez")
    assert answer.status in (200, 405) and answer.body == b""


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health"])
def test_probes(api, path):
    assert api.get(path).status == 200


def test_openapi_lists_every_endpoint(api):
    document = ok(api.get("/openapi.json"))
    assert document["openapi"].startswith("3.1")
    for path, methods in {
            "/auth/register": ["post"], "/auth/login": ["post"], "/sessions": ["post"], "/sessions/active": ["get"],
            "/sessions/{session_id}": ["delete"], "/sessions/{session_id}/state": ["get"],
            "/sessions/{session_id}/join": ["post"], "/sessions/{session_id}/chat": ["get", "post"],
            "/sessions/{session_id}/logs": ["get"], "/sessions/{session_id}/logs/summary": ["get"],
            "/sessions/{session_id}/action": ["post"], "/sse/sessions/{session_id}": ["get"],
            "/users/students": ["get"]}.items():
        assert path in document["paths"], path
        assert set(methods) <= set(document["paths"][path]), path
    assert [path for path in document["paths"] if path.endswith("/mute")]


# --- CORS


@pytest.mark.parametrize("path", ["/sessions/active", "/auth/login", "/sse/sessions/1", "/sessions/1/participants/1"])
def test_preflight(api, path):
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "DELETE",
               "Access-Control-Request-Headers": "authorization, content-type, x-odd"}
    answer = api.call("OPTIONS", path, headers=headers)
    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == "https://app.example"
    assert answer.header("access-control-allow-headers").lower() == "authorization, content-type, x-odd"
    assert "DELETE" in answer.header("access-control-allow-methods")
    assert answer.header("access-control-allow-credentials") == "true"
    assert answer.header("access-control-max-age") == "600"


@pytest.mark.parametrize("path, status", [("/sessions/active", 200), ("/nope", 404), ("/sessions/1/action", 405)])
def test_simple_answers_carry_cors(api, teacher, path, status):
    answer = api.get(path, teacher, headers={"Origin": "https://app.example"})
    assert answer.status == status
    assert answer.header("access-control-allow-origin") in ("*", "https://app.example")


def test_errors_carry_cors(api, student):
    for answer in (api.get("/sessions/active", headers={"Origin": "https://a.example"}),
                   api.get("/users/students", student, headers={"Origin": "https://a.example"}),
                   api.post("/auth/register", json={}, headers={"Origin": "https://a.example"})):
        assert answer.status >= 400 and answer.header("access-control-allow-origin") in ("*", "https://a.example")


def test_without_origin_nothing_is_said_that_a_browser_would_need(api, teacher):
    assert api.get("/sessions/active", teacher).header("access-control-allow-origin") in (None, "*")


# --- mounts


def test_the_area_answers_under_its_mount(server, room, student):
    mounted = type(server.api)(server.api.host, server.api.port, "/m/classroom")
    there = Room(mounted, room.teacher)
    pid = there.join(student)
    with there.stream(student) as stream:
        assert stream.seen[0].data["participant_id"] == pid
    assert {room.id, there.id} <= {one["session_id"] for one in ok(mounted.get("/sessions/active", student))}
    assert room.state() == ok(mounted.get(room.path("/state"), room.teacher))
    refused(mounted.get("/nope"), 404, "Not Found")


def test_timestamps_are_of_now_and_in_utc(server, room):
    stamp = room.created["created_at"]
    assert is_stamp(stamp)
    age = server.database().text(f"select extract(epoch from now() at time zone 'utc' - '{stamp}'::timestamp)")
    assert -2 < float(age) < 60


def test_configured_origins_and_host_names(start_server):
    server = start_server("--cors-origins", "https://a.example,https://b.example", "--hosts", "classroom=class.example")
    for origin, allowed in (("https://a.example", "https://a.example"), ("https://b.example", "https://b.example"),
                            ("https://c.example", None), ("https://a.example.evil", None), ("null", None)):
        for answer in (server.api.get("/sessions/active", headers={"Origin": origin}),
                       server.api.call("OPTIONS", "/sessions/active", headers={
                           "Origin": origin, "Access-Control-Request-Method": "GET"})):
            assert answer.header("access-control-allow-origin") == allowed, (origin, answer.headers)
    with server.api.connect() as connection:
        connection.host = "class.example"
        assert connection.request("GET", "/sessions/active").status == 400
        assert connection.request("POST", "/auth/login", form={}).status == 422
