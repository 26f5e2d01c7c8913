"""The server at the level of bytes: framing, smuggling, limits, pipelining, slow clients, clients that vanish."""
import json
import re
import socket
import struct
import time

import pytest

from classroom import person, refused
from client import End, wait_until

HOST = b"Host: x\r\n"
LIVEZ = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"


def closed(connection):
    """The server closes (or resets) without another byte."""
    try:
        connection._more(connection_deadline(connection))
    except (End, ConnectionResetError):
        return True
    return False


def connection_deadline(connection):
    return time.monotonic() + connection.timeout


def raw(api, data, method="GET"):
    with api.connect() as connection:
        connection.send(data)
        return connection.answer(method)


def refused_and_closed(api, data, status):
    with api.connect() as connection:
        connection.send(data)
        answer = connection.answer()
        assert answer.status == status, (data, answer)
        assert answer.header("connection") == "close", data
        assert isinstance(answer.detail, str)
        assert closed(connection), data


def post(body, *lines):
    return b"POST /auth/register HTTP/1.1\r\n" + HOST + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


# --- smuggling

SMUGGLED = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("data", [
    post(b"0\r\n\r\n" + SMUGGLED, b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    post(b"0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    post(b"ab" + SMUGGLED, b"Content-Length: 2", b"Content-Length: 40"),
    post(b"ab" + SMUGGLED, b"Content-Length: 2", b"Content-Length: 2"),
    post(b"ab" + SMUGGLED, b"Content-Length: 2,2"),
    post(b"ab" + SMUGGLED, b"Content-Length: +2"),
    post(b"ab" + SMUGGLED, b"Content-Length: 2_0"),
    post(b"ab" + SMUGGLED, b"Content-Length: 0x2"),
    post(b"ab" + SMUGGLED, b"Content-Length : 2"),
    post(b"ab" + SMUGGLED, b" Content-Length: 2"),
    post(b"ab" + SMUGGLED, b"Content-Length: " + b"9" * 30),
    post(b"0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    post(b"0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding: identity"),
    post(b"0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding: gzip, chunked"),
    post(b"0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding: chunked, identity"),
    post(b"0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding : chunked"),
    post(b"0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding: xchunked"),
    post(b"0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding:\n chunked"),
    post(b"0\r\n\r\n" + SMUGGLED, b"X: y\r\n Transfer-Encoding: chunked"),
    post(b"0\n\n" + SMUGGLED, b"Transfer-Encoding: chunked"),
    post(b"2;x\n\r\nab\r\n0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding: chunked"),
    post(b"2\r\nabX\n0\r\n\r\n" + SMUGGLED, b"Transfer-Encoding: chunked"),
    post(b"fffffffffffffffff\r\nab", b"Transfer-Encoding: chunked"),
    post(b"-1\r\nab", b"Transfer-Encoding: chunked"),
    b"GET /livez HTTP/1.1\nHost: x\n\n" + SMUGGLED,
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n" + SMUGGLED,
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\rb: c\r\n\r\n" + SMUGGLED,
    b"GET /livez HTTP/1.1\r\nHost: x\r\nX\x01: b\r\n\r\n" + SMUGGLED,
    b"GET /livez HTTP/1.1\r\n\r\n" + SMUGGLED,
    b"GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + SMUGGLED,
    b"GET /livez\r\n\r\n" + SMUGGLED,
    b"GET /livez HTTP/1.1 x\r\nHost: x\r\n\r\n" + SMUGGLED,
    b"GET  /livez HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
    b"GET livez HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
    b"GET /livez%zz HTTP/1.1\r\nHost: x\r\n\r\n" + SMUGGLED,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50,
    b"\0" * 100,
], ids=lambda data: repr(data[-90:-30]))
def test_ambiguous_requests_are_refused_and_nothing_behind_them_is_answered(api, data):
    refused_and_closed(api, data, 400)


def test_a_body_is_not_read_as_a_request(api):
    with api.connect() as connection:
        connection.send(post(SMUGGLED, b"Content-Length: %d" % len(SMUGGLED)) + LIVEZ)
        assert connection.answer().status == 422
        assert connection.answer().status == 200
        connection.send(b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED + LIVEZ)
        assert connection.answer().status == 200
        assert connection.answer().status == 200
        assert not connection.buffer


# --- limits

@pytest.mark.parametrize("data, status", [
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    (b"GET /" + b"a" * 100_000, 414),
    (b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431),
    (b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", 431),
    (post(b"", b"Content-Length: 1048577"), 413),
    (post(b"", b"Content-Length: 1048577", b"Expect: 100-continue"), 413),
    (post(b"", b"Content-Length: 2", b"Expect: nonsense"), 417),
    (b"GET /livez HTTP/2.0\r\nHost: x\r\n\r\n", 505),
], ids=lambda value: value if isinstance(value, int) else repr(value[:20]))
def test_limits(api, data, status):
    with api.connect() as connection:
        try:
            connection.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = connection.answer()
        assert answer.status == status
        assert closed(connection)


def test_a_chunked_body_over_the_limit(api):
    with api.connect() as connection:
        connection.send(post(b"", b"Transfer-Encoding: chunked"))
        try:
            for _ in range(40):
                connection.send(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert connection.answer().status == 413


def test_just_inside_the_limits(api):
    assert raw(api, b"GET /livez?" + b"a" * 8000 + b" HTTP/1.1\r\nHost: x\r\n\r\n").status == 200
    assert raw(api, b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 30_000 + b"\r\n\r\n").status == 200
    assert raw(api, post(b"x" * 65_536, b"Content-Length: 65536")).status == 422


@pytest.mark.parametrize("body", [b"[" + b"[]," * 16_000 + b"1]", b"[" + b"1," * 25_000 + b"1]", b"[" * 17_000 + b"]" * 17_000], ids=["lists", "numbers", "nested"])
def test_a_body_with_too_many_values(api, body):
    refused(api.post("/auth/register", body=body, content_type="application/json"), 413, "The request body has too many values")


def test_a_body_longer_than_its_fields_can_be(api):
    body = json.dumps({"phone_number": "1", "password": "x", "name": "n", "more": "x" * 100_000}).encode()
    answer = api.post("/auth/register", body=body, content_type="application/json")
    refused(answer, 413, "Request body too large")


# --- what is unusual and right

@pytest.mark.parametrize("data", [
    b"\r\n" + LIVEZ, b"GET /livez/ HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /%6civez? HTTP/1.1\r\nHost:\r\n\r\n",
    b"GET http://anything:1/livez HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /livez HTTP/1.0\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nhost:x\r\nX:\r\nY: \xff\xfe\r\n\r\n",
], ids=repr)
def test_unusual_requests(api, data):
    assert raw(api, data).status == 200


def test_unknown_methods(api):
    for method in (b"BREW", b"TRACE", b"LOCK", b"PROPFIND", b"get"):
        answer = raw(api, method + b" /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.status == 405 and "GET" in answer.header("allow"), method


def test_head_is_get_without_a_body(api):
    with api.connect() as connection:
        connection.send(b"HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n" + LIVEZ)
        head = connection.answer("HEAD")
        full = connection.answer()
        assert head.status == full.status == 200
        assert head.header("content-length") == str(len(full.body))


def test_plain_options(api):
    answer = raw(api, b"OPTIONS /auth/login HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status in (200, 204) and "POST" in answer.header("allow")
    assert raw(api, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status in (200, 204)


def test_continue(api):
    with api.connect() as connection:
        body = b'{"name":"x"}'
        connection.send(post(b"", b"Content-Length: %d" % len(body), b"Expect: 100-continue"))
        assert connection._until(b"\r\n\r\n", connection_deadline(connection)) == b"HTTP/1.1 100 Continue"
        connection.send(body)
        assert connection.answer().status == 422


def test_every_answer_has_a_date_and_a_length(api):
    answer = raw(api, LIVEZ)
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.header("date"))
    assert answer.header("content-length") == str(len(answer.body))


# --- pipelining

def test_pipelined_requests_are_answered_in_order(api, teacher):
    with api.connect() as connection:
        wanted = []
        data = b""
        for n in range(200):
            path, status = [("/livez", 200), (f"/sessions/active?user_id={teacher.id}", 200), ("/nope", 404),
                            ("/sessions/active?user_id=x", 422), ("/sessions/0/state?user_id=1", 404)][n % 5]
            data += f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            wanted.append(status)
        connection.send(data)
        assert [connection.answer().status for _ in wanted] == wanted


def test_one_byte_at_a_time(api):
    body = json.dumps({"name": "", "role": "teacher"}).encode()
    data = post(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), b"Transfer-Encoding: chunked") + LIVEZ
    with api.connect() as connection:
        for at in range(len(data)):
            connection.send(data[at: at + 1])
        answer = connection.answer()
        assert answer.status == 422 and ["body", "name"] in [one["loc"] for one in answer.detail]
        assert connection.answer().status == 200


def test_half_closed_clients_get_their_answers(api, teacher):
    with api.connect() as connection:
        connection.send(f"GET /sessions/active?user_id={teacher.id} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 3)
        connection.socket.shutdown(socket.SHUT_WR)
        assert [connection.answer().status for _ in range(3)] == [200] * 3
        assert closed(connection)


def test_clients_that_vanish_do_no_harm(api, teacher):
    for _ in range(200):
        connection = api.connect()
        connection.send(f"GET /sessions/active?user_id={teacher.id} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 5)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert raw(api, LIVEZ).status == 200


# --- time and numbers

def test_slow_senders_and_idle_connections_are_cut(start_server):
    server = start_server("--request-timeout", 1, "--idle-timeout", 1)
    slow = []
    for start in (b"GET /li", b"GET /livez HTTP/1.1\r\nHost: x\r\nX: y", post(b"a", b"Content-Length: 9"),
                  post(b"5\r\na", b"Transfer-Encoding: chunked")):
        slow.append(server.api.connect())
        slow[-1].send(start)
    for connection in slow:
        with connection:
            assert connection.answer().status == 408
            assert closed(connection)
    with server.api.connect() as connection:
        connection.send(LIVEZ)
        assert connection.answer().status == 200
        assert closed(connection)


def test_a_trickle_does_not_extend_the_deadline(start_server):
    server = start_server("--request-timeout", 1)
    with server.api.connect() as connection:
        connection.send(b"GET /livez HTTP/1.1\r\nHost: x\r\nX: ")

        def trickled():
            try:
                connection.send(b"y")
            except OSError:
                pass
            connection.socket.setblocking(False)
            try:
                connection.buffer += connection.socket.recv(1000)
            except BlockingIOError:
                pass
            finally:
                connection.socket.settimeout(connection.timeout)
            return connection.buffer

        wait_until(trickled, timeout=5, interval=0.1, what="an answer to a trickle")
        assert connection.answer().status == 408


def test_connections_are_capped_per_address(start_server):
    server = start_server("--max-per-address", 3, workers=1)
    held = [server.api.connect() for _ in range(3)]
    for connection in held:
        connection.send(LIVEZ)
        assert connection.answer().status == 200
    with server.api.connect() as over:
        over.send(LIVEZ)
        answer = over.answer()
        assert answer.status == 503 and answer.header("retry-after")
        assert closed(over)
    held.pop().close()

    def admitted():
        with server.api.connect() as connection:
            try:
                connection.send(LIVEZ)
            except OSError:
                return False
            return connection.answer().status == 200

    wait_until(admitted, what="a free place")
    for connection in held:
        connection.close()


# --- shared things of the network side

def test_the_document_holds_together(api):
    document = json.loads(raw(api, b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").body)
    operations = [(path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()]
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations:
        named = re.findall(r"{(\w+)}", path)
        given = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
        assert named == given, path
        assert ":" not in path
        assert set(operation["tags"]) <= tags
        assert operation["responses"], (path, method)
        for scheme in operation["security"]:
            assert set(scheme) <= set(document["components"]["securitySchemes"])
    for reference in re.findall(r'"\$ref": ?"#/components/schemas/(\w+)"', json.dumps(document)):
        assert reference in document["components"]["schemas"]


def test_wrong_fields_are_all_named(api):
    answer = api.post("/auth/register", json={"phone_number": "1", "password": "x", "role": "king"})
    assert answer.status == 422
    assert [one["loc"][1] for one in answer.detail] == ["name", "phone_number", "password", "role"]
    assert {one["type"] for one in answer.detail} == {"value_error.missing", "value_error.any_str.min_length", "type_error.enum"}


def test_random_bytes_do_no_harm(api):
    seed = post(b'{"name":"x","phone_number":"1"}', b"Content-Length: 31", b"Content-Type: application/json") + LIVEZ
    state = 12345
    for _ in range(300):
        data = bytearray(seed)
        for _ in range(4):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            data[(state >> 33) % len(data)] = (state >> 25) & 255
        with api.connect() as connection:
            try:
                connection.send(bytes(data))
                connection.socket.shutdown(socket.SHUT_WR)
                while connection.answer().status:
                    pass
            except (End, OSError, ValueError):
                pass
    assert raw(api, LIVEZ).status == 200
    assert person(api, "student").id


# --- what every answer says, and bodies that are compressed


def test_answers_say_how_to_take_them(api, room, student):
    """JSON is kept by nobody; nothing is taken for what it is not said to be."""
    json = [api.get("/sessions/active", student), api.get("/nope"), api.post("/auth/register", json={}), api.get("/health"), api.get("/livez"),
            api.get("/openapi.json"), api.get("/m/courses/courses"), api.get("/m/attendance/classes"), api.get("/audio/2000000000/stream"),
            api.get(room.path("/logs"), room.teacher), api.get(room.path("/attendance"), room.teacher)]
    other = [api.get("/docs"), api.get("/metrics"), api.get(room.path("/logs.csv"), room.teacher), api.get(room.path("/logs.ndjson"), room.teacher),
             api.call("OPTIONS", "/health"), api.call("HEAD", "/health")]
    for answer in json:
        assert answer.header("content-type") == "application/json", answer
        assert answer.header("cache-control") == "no-store", (answer, answer.headers)
    for answer in json + other:
        names = [name for name, _ in answer.headers]
        assert names.count("x-content-type-options") == 1 and answer.header("x-content-type-options") == "nosniff", (answer, answer.headers)
        assert names.count("cache-control") <= 1, (answer, answer.headers)


@pytest.mark.parametrize("host", [b"[::1", b"[::1]x", b"[::1]:x", b"::1", b"a b", b"a:b", b"a:99999", b"u@a", b"a/b", b"[x]", b"%zz"])
def test_malformed_hosts_are_refused(api, host):
    with api.connect() as connection:
        connection.send(b"GET /livez HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        assert connection.answer().status == 400


@pytest.mark.parametrize("host", [b"[::1]", b"[::1]:8000", b"a", b"a:", b"A.example:1", b"127.0.0.1", b""])
def test_hosts_of_every_form_are_taken(api, host):
    with api.connect() as connection:
        connection.send(b"GET /livez HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        assert connection.answer().status == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "x-gzip", "GZIP", "identity, gzip", "gzip, identity", "nonsense"])
@pytest.mark.parametrize("path, kind", [("/auth/register", "application/json"), ("/auth/login", "application/x-www-form-urlencoded"), ("/auth/google", "application/json"),
                                        ("/m/courses/auth/signup", "application/json"), ("/audio/upload", "multipart/form-data; boundary=b")])
def test_a_compressed_body_is_refused_before_it_comes(api, teacher, path, kind, coding):
    with api.connect() as connection:
        connection.send(f"POST {path}?user_id={teacher.id} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Encoding: {coding}\r\n"
                        "Content-Length: 1000\r\n\r\n".encode())
        answer = connection.answer("POST")
    assert answer.status == 415 and answer.header("accept-encoding") == "identity", answer
    assert "Content-Encoding" in answer.detail


def test_a_body_that_is_not_compressed_may_say_so(api):
    for coding in ("identity", "Identity", "", "identity, identity"):
        assert api.post("/auth/register", json={}, headers={"Content-Encoding": coding}).status == 422
    assert api.get("/livez", headers={"Content-Encoding": "gzip"}).status == 200
