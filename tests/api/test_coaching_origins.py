"""Which pages may call coaching, and how it is configured (coaching contract, sections 12.13, 15 and 17)."""
import secrets
import time

import pytest

from coaching import account, claims_of
from launch import Server, binary, run

LISTED = ["http://localhost", "http://localhost:3000", "http://localhost:1", "http://localhost:65535", "http://127.0.0.1:5173", "http://192.168.1.20:3000",
          "http://192.168.1.20", "capacitor://localhost", "https://localhost", "http://LOCALHOST:3000"]
OTHERS = ["http://localhost.evil.example:3000", "http://192.168.1.20.evil.example:3000", "http://10.0.0.5:3000", "https://localhost:3000",
          "http://192.168.1:3000", "http://192.168.1.2.3:3000", "http://evil.example", "null", "http://localhost:123456", "http://localhost:30a0",
          "http://localhost:", "capacitor://localhost:3000", "ionic://localhost", "http://xlocalhost", "http://192.168..1:3000",
          "http://192.168.1.20:3000/x", "http://localhost:3000.evil.example", "https://127.0.0.1:5173"]
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
REQUESTED = "authorization, content-type, x-app-base-url, idempotency-key"


def preflight(api, origin, path="/v1/users/me", **more):
    return api.call("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": "PATCH",
                                              "Access-Control-Request-Headers": REQUESTED, **more})


def words(text):
    return {word.strip().lower() for word in text.split(",")}


@pytest.mark.parametrize("origin", LISTED)
def test_listed_origins_are_let_in_with_credentials(api, origin):
    answers = [api.get(path, headers={"Origin": origin}) for path in ("/v1/health", "/v1/users/me", "/m/coaching/v1/nothing")]
    answers += [api.post("/v1/auth/login", json={}, headers={"Origin": origin}), api.delete("/v1/users/me", headers={"Origin": origin})]
    assert [answer.status for answer in answers] == [200, 401, 404, 422, 405]
    for answer in answers:
        assert answer.header("access-control-allow-origin") == origin
        assert answer.header("access-control-allow-credentials") == "true" and "origin" in words(answer.header("vary"))


def test_pages_may_read_why_they_are_refused_at_the_door_too(api):
    bad = {"refresh_token": secrets.token_hex(8)}
    headers = {"Origin": LISTED[1]}
    answers = [api.post("/v1/auth/refresh", json=bad, headers=headers) for _ in range(4)]
    answers.append(api.post("/v1/auth/login", json={"email": "a" * (1 << 20)}, headers=headers))
    answers.append(api.get("/v1/sessions/nothing/ws", headers={**headers, **UPGRADE}))
    assert [answer.status for answer in answers] == [401, 401, 401, 429, 413, 403]
    assert {(answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials")) for answer in answers} == {(LISTED[1], "true")}


@pytest.mark.parametrize("origin", LISTED)
def test_a_preflight_allows_what_is_asked(api, origin):
    for path in ("/v1/users/me", "/v1/coach/activities/suggestions", "/m/coaching/v1/relationships"):
        answer = preflight(api, origin, path)
        assert answer.status == 200 and answer.header("access-control-allow-origin") == origin
        assert answer.header("access-control-allow-credentials") == "true" and answer.header("access-control-max-age") == "3600"
        assert words(answer.header("access-control-allow-methods")) == {"get", "post", "put", "patch", "delete", "options", "head"}
        assert words(answer.header("access-control-allow-headers")) == words(REQUESTED)


@pytest.mark.parametrize("origin", OTHERS)
def test_other_origins_are_not(api, origin):
    for answer in (api.get("/v1/health", headers={"Origin": origin}), api.get("/v1/users/me", headers={"Origin": origin}), preflight(api, origin)):
        assert answer.header("access-control-allow-origin") is None and answer.header("access-control-allow-credentials") is None
        assert answer.status in (200, 401)


def test_without_an_origin_all_is_as_usual(api):
    answer = api.get("/v1/health")
    assert answer.status == 200 and answer.header("access-control-allow-origin") is None


def lets_in_those_of_the_app(api):
    origins = ("https://app.example", "https://x.app.example", "https://x.y.app.example", "http://localhost:3000")
    told = [api.get("/v1/health", headers={"Origin": origin}).header("access-control-allow-origin") for origin in origins]
    return told == [*origins[:2], None, None]


def test_origins_are_configured(start_server):
    assert lets_in_those_of_the_app(start_server(environment={"CORS_ORIGINS": "https://app.example, https://*.app.example"}).api)


# ---- names and words ----

def test_what_the_document_is_called(api, start_server):
    info = api.get("/m/coaching/openapi.json").json()["info"]
    assert info["title"] == "Project Inside API" and "/auth/register" not in info["description"]
    assert api.get("/openapi.json").json()["info"]["title"] == "lectern"
    own = start_server(environment={"app_name": 'Inside "Out"'})
    assert own.api.get("/m/coaching/openapi.json").json()["info"]["title"] == 'Inside "Out"'


def test_statements_are_named_in_the_log_without_their_values(start_server):
    server = start_server(environment={"DATABASE_ECHO": "true"})
    who = account(server.api)
    said = server.stderr()
    assert "statement=COACHING_SIGN_UP" in said and "statement=COACHING_CALLER" in said
    assert who.email not in said and who.id not in said and "$2b$" not in said


# ---- the key ----

WEAK = ["short", "your-secret-key-change-in-production-please", "a" * 64]


def test_a_weak_key_is_loud_and_for_this_machine_only(start_server):
    server = start_server(environment={"SECRET_KEY": WEAK[1], "cors_origins": '["https://app.example", "https://*.app.example"]'})
    assert account(server.api) and "SECRET_KEY is weak" in server.stderr() and WEAK[1] not in server.stderr()
    assert lets_in_those_of_the_app(server.api)


@pytest.mark.parametrize("key, debug, refused", [(WEAK[1], "false", True), (WEAK[0], "", True), (WEAK[1], "true", False), (secrets.token_hex(32), "false", False)])
def test_a_weak_key_is_refused_where_others_can_reach_it(key, debug, refused):
    server = Server(dev=False, environment={"DATABASE_URL": "postgresql://lectern@/lectern?host=/nowhere", "JWT_SECRET": secrets.token_hex(32), "SECRET_KEY": key, "DEBUG": debug})
    try:
        done = run_check(server)
    finally:
        server.remove()
    assert (done.returncode != 0) == refused
    assert not refused or "SECRET_KEY" in done.stderr and key not in done.stderr


def run_check(server):
    """What start would say, of an address that is not this machine's alone."""
    return run(binary(), "config", "check", "--listen", "0.0.0.0:8000", "--data", server.folder, env=server.surroundings(), cwd=server.folder)


def test_without_a_key_one_is_made_and_kept(start_server):
    server = start_server()
    who = account(server.api)
    with open(f"{server.data}/coaching_secret_key", encoding="ascii") as kept:
        assert len(kept.read().strip()) == 64
    server.stop()
    server.start()
    assert server.api.get("/v1/users/me", token=who.token).json()["id"] == who.id


def test_a_file_in_the_working_directory_is_read_and_the_environment_wins():
    server = Server(environment={"APP_VERSION": "2.0"})
    try:
        with open(f"{server.folder}/.env", "w", encoding="ascii") as file:
            file.write("app_version=1.0\nAccess_Token_Expire_Minutes=1\nSECRET_KEY=" + secrets.token_hex(32) + "\nSOMETHING_ELSE=1\n")
        server.start()
        assert server.api.get("/v1/health").json()["version"] == "2.0"
        assert claims_of(account(server.api).token)["exp"] <= time.time() + 60
        server.stop()
    finally:
        server.remove()
