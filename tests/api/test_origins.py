"""Pages of other origins: which may call, whether with credentials, what they may read; and how origins are configured."""
import subprocess

import pytest

from classroom import SECRET, Room, ok, person
from client import Answer, Stream
from launch import Server, binary, outside_server

EXPOSED = {"accept-ranges", "content-disposition", "content-range", "etag", "last-modified", "location", "retry-after", "www-authenticate"}
LISTED, OTHER = "https://app.example", "https://evil.example"


def asked(origin):
    return {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


def seen(answer):
    """The origin that is let in, and whether with credentials."""
    return answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials")


def exposed(answer):
    return {name.strip().lower() for name in (answer.header("access-control-expose-headers") or "").split(",")} - {""}


@pytest.fixture(scope="module")
def configured(start_module_server):
    """Origins as people write them."""
    return start_module_server("--identity", "token", "--hosts", "courses=https://Learn.example/,attendance=b\u00fccher.example", workers=1, environment={
        "JWT_SECRET": SECRET, "CORS_ORIGINS": '["https://App.example:443/", "http://*.school.example", "https://b\u00fccher.example"]',
        "FRONTEND_URL": "\"https://learn.example/#/login\""})


# --- who may call


@pytest.mark.parametrize("path, origin, allowed", [
    ("/m/classroom/sessions/active", "https://app.example", True),
    ("/m/attendance/classes", "https://app.example", True),
    ("/m/classroom/sessions/active", "HTTPS://APP.example:443", True),
    ("/m/classroom/sessions/active", "http://app.example", False),
    ("/m/classroom/sessions/active", "https://app.example:8443", False),
    ("/m/classroom/sessions/active", "https://app.example.evil.example", False),
    ("/m/classroom/sessions/active", "http://a.school.example", True),
    ("/m/classroom/sessions/active", "http://a.b.school.example", False),
    ("/m/classroom/sessions/active", "https://xn--bcher-kva.example", True),
    ("/m/classroom/sessions/active", "null", False),
    ("/m/classroom/sessions/active", "https://learn.example", False),
    ("/m/courses/courses", "https://learn.example", True),
    ("/m/courses/courses", "http://localhost:3000", True),
    ("/m/courses/courses", "https://app.example", False),
])
def test_configured_origins_are_compared_as_origins(configured, path, origin, allowed):
    for answer in (configured.api.get(path, headers={"Origin": origin}), configured.api.call("OPTIONS", path, headers=asked(origin))):
        assert answer.header("access-control-allow-origin") == (origin if allowed else None), answer.headers


@pytest.mark.parametrize("host, area", [("learn.example", "courses"), ("LEARN.example:8000", "courses"), ("learn.example.", "courses"),
                                        ("xn--bcher-kva.example", "attendance"), ("learn.example.evil", None)])
def test_configured_hosts_are_compared_as_hosts(configured, host, area):
    with configured.api.connect() as connection:
        connection.host = host
        assert connection.request("GET", "/courses").status == (404 if area == "attendance" else 200)
        assert connection.request("GET", "/sessions/active").status == (401 if area is None else 404)


# --- with credentials


def test_in_production_credentials_are_for_those_that_are_named(cluster):
    """The shared server, for development, gives them to any origin: see test_types."""
    server = outside_server(cluster, "--identity", "token", workers=1).start()
    try:
        for answer in (server.api.get("/sessions/active", headers={"Origin": OTHER}), server.api.get("/classes", headers={"Origin": OTHER}),
                       server.api.call("OPTIONS", "/sessions/active", headers=asked(OTHER))):
            assert seen(answer) == (OTHER, None)
        assert seen(server.api.get("/m/courses/courses", headers={"Origin": OTHER})) == (None, None)
        assert seen(server.api.get("/m/courses/courses", headers={"Origin": "http://localhost:3000"})) == ("http://localhost:3000", "true")
        server.stop()
        server.environment["CORS_ORIGINS"] = f"{LISTED}, *"
        server.start()
        assert seen(server.api.get("/sessions/active", headers={"Origin": LISTED})) == (LISTED, "true")
        assert seen(server.api.get("/sessions/active", headers={"Origin": OTHER})) == (OTHER, None)
        server.stop()
        server.options = ["--identity", "legacy"]  # whoever calls the classroom can be anybody
        server.start()
        assert seen(server.api.get("/sessions/active", headers={"Origin": LISTED})) == (LISTED, None)
        assert seen(server.api.get("/m/attendance/classes", headers={"Origin": LISTED})) == (LISTED, "true")
        server.stop()
    finally:
        server.remove()


# --- what they may read


def test_every_area_says_what_may_be_read(api, student):
    origin = {"Origin": "http://localhost:3000"}
    for path in ("/sessions/active", "/m/attendance/classes", "/m/courses/courses", "/health", "/nope", "/m/courses/nope", "/audio/1/stream", "/docs"):
        answer = api.get(path, headers=origin)
        assert exposed(answer) >= EXPOSED, (path, answer)
        assert not exposed(api.get(path))
        assert not exposed(api.call("OPTIONS", path, headers=asked(origin["Origin"])))
    for answer in (api.post("/auth/register", json={}, headers=origin), api.post("/auth/register", body=b"{", headers=origin),
                   api.call("DELETE", "/health", headers=origin), api.get("/sessions/active", student, headers=origin)):
        assert exposed(answer) >= EXPOSED, answer
    assert not exposed(api.get("/m/courses/courses", headers={"Origin": OTHER}))


def test_streams_say_it_too(api, room, student):
    with Stream(api, room.id, student, headers={"Origin": LISTED}) as stream:
        answer = Answer(stream.reader.status, stream.reader.headers, b"")
    assert exposed(answer) >= EXPOSED and seen(answer) == (LISTED, "true")
    assert answer.header("x-content-type-options") == "nosniff" and answer.header("cache-control") == "no-cache"
    assert answer.header("vary") == "Origin"


def test_a_download_says_it(api, room):
    answer = api.get(room.path("/logs.csv"), room.teacher, headers={"Origin": LISTED})
    assert answer.status == 200 and exposed(answer) >= EXPOSED and answer.header("content-disposition"), answer


# --- the parameters


@pytest.mark.parametrize("name, value, said", [
    ("CORS_ORIGINS", "app.example", "is no origin"),
    ("CORS_ORIGINS", "https://app.example,null", "null is no origin"),
    ("CORS_ORIGINS", "https://app*.example", "is no origin"),
    ("CORS_ORIGINS", "[https://app.example]", "no JSON array"),
    ("CORS_ORIGINS", "\"https://app.example", "a quotation mark is part of it"),
    ("CORS_ORIGINS", "\u201chttps://app.example\u201d", "a quotation mark is part of it"),
    ("DATABASE_URL", "\u2018postgres://u@127.0.0.1/d\u2019", "a quotation mark is part of it"),
    ("FRONTEND_URL", "learn.example/", "is no origin"),
    ("FRONTEND_URL", "https://user@learn.example", "is no origin"),
    ("LECTERN_HOSTS", "courses=learn.example:8443", "without a port"),
    ("LECTERN_HOSTS", "courses=", "no name of a host"),
    ("LECTERN_HOSTS", "lessons=learn.example", "no area"),
])
def test_what_can_never_match_is_refused_at_start(name, value, said):
    server = Server("--listen", "127.0.0.1:0", environment={name: value})
    for command in ("serve", "config check"):
        done = subprocess.run([binary(), *command.split(), "--dev", "--data", server.data], env=server.surroundings(), cwd=server.folder,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode and name.rsplit("_")[-1].lower() in done.stderr.lower() and said in done.stderr, done.stderr
    server.remove()
