"""What all endpoints of practice have in common: paths, errors, pages of other origins, mount and document (practice contract, section 2)."""
import pytest

from client import Named
from launch import outside_server
from practice import account, exercise, submission

HERE = "/api/exercises/"


@pytest.fixture(scope="module")
def ada(shared):
    return account(shared.api)


@pytest.fixture(scope="module")
def tess(shared):
    return account(shared.api, "teacher")


# ---- paths ----

def test_a_path_has_two_forms_and_no_redirect(api, ada, tess):
    task = exercise(api, tess)
    done = submission(api, ada, task["id"])
    for path in ("/api/exercises", "/api/topics", "/api/quizzes", "/api/auth/me", f"/api/exercises/{task['id']}", f"/api/submissions/{done['id']}",
                 f"/api/submissions/student/{ada.id}", f"/api/analytics/student/{ada.id}/stats", f"/api/analytics/student/{ada.id}/progress",
                 f"/api/analytics/exercise/{task['id']}/stats", "/api/analytics/leaderboard", "/api/health"):
        plain, slashed = api.get(path, token=ada.token), api.get(path + "/", token=ada.token)
        assert (plain.status, plain.body) == (200, slashed.body) and slashed.status == 200, path
        assert api.get(path + "//", token=ada.token).status == 404
    for path in ("/api/exercises", "/api/exercises/"):
        assert api.post(path, token=tess.token, json={"title": "T", "description": "D", "difficulty_level": "easy", "topic": "t"}).status == 201
    for path in ("/api/submissions", "/api/submissions/"):
        assert api.post(path, token=ada.token, json={"student_id": ada.id, "exercise_id": task["id"], "code": ""}).status == 201
    for path in ("/api/auth/login", "/api/auth/login/"):
        assert api.post(path, json={"email": ada.email, "password": "pass123"}).status == 200


def test_other_paths_and_methods(api, ada):
    for path in ("/api", "/api/nothing", "/api/exercises/1/2", "/api/analytics", "/seed"):
        answer = api.get(path, token=ada.token)
        assert (answer.status, answer.json()) == (404, {"detail": "Not Found"})
    for method, path in (("DELETE", "/api/exercises"), ("POST", "/api/exercises/1"), ("GET", "/api/auth/login"), ("PUT", "/api/submissions")):
        answer = api.call(method, path, token=ada.token)
        assert (answer.status, answer.json()) == (405, {"detail": "Method Not Allowed"})


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "4294967297", "99999999999999999999999999", "x", "1.0", "1e3", "%00", "%F0%9F%98%80", "NaN", " 1", "0x1"])
def test_numbers_that_no_row_has_are_not_found_or_refused(api, ada, tess, number):
    number = number.replace(" ", "%20")
    for path in ("/api/exercises/{}", "/api/submissions/{}", "/api/submissions/student/{}", "/api/submissions/exercise/{}",
                 "/api/analytics/student/{}/progress", "/api/analytics/student/{}/stats", "/api/analytics/exercise/{}/stats"):
        answer = api.get(path.format(number), token=tess.token)
        assert answer.status in (404, 422), (path, number)
    assert api.put(f"/api/submissions/{number}/evaluate?status=passing", token=tess.token).status in (404, 422)
    assert api.delete(f"/api/exercises/{number}", token=tess.token).status in (404, 422)


@pytest.mark.parametrize("body", [b"{", b"", b"nonsense", b'{"email": }', b"\xff\xfe", b'{"email":"\\ud800"}', b"[" * 5000, b'{"a":1}{"b":2}', b"null", b"5"])
@pytest.mark.parametrize("path", ["/api/auth/register", "/api/auth/login", "/api/auth/refresh"])
def test_bodies_that_are_no_objects_are_refused_and_not_repeated(api, path, body):
    answer = api.post(path, body=body, content_type="application/json")
    assert answer.status == 422
    for fault in answer.detail:
        assert {"loc", "msg", "type"} <= set(fault) and isinstance(fault["loc"], list) and "input" not in fault


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"a\\udc00"', b'"\\u0000"', b'"a\\u0000b"', b'"\xff"', b'"\xed\xa0\x80"'])
def test_text_that_no_database_holds_is_refused(api, ada, tess, text):
    for path, token, fields in (
            ("/api/auth/register", None, b'"email":"a@example.org","password":"pass123","name":%s'),
            ("/api/auth/register", None, b'"email":"a@example.org","name":"Ada","password":%s'),
            ("/api/exercises/", tess.token, b'"title":"T","difficulty_level":"easy","topic":"t","description":%s'),
            ("/api/exercises/", tess.token, b'"title":"T","difficulty_level":"easy","topic":"t","description":"D","hints":[%s]'),
            ("/api/exercises/", tess.token, b'"title":"T","difficulty_level":"easy","topic":"t","description":"D","test_cases":[{"a":[%s]}]'),
            ("/api/exercises/", tess.token, b'"title":"T","difficulty_level":"easy","topic":"t","description":"D","test_cases":[{%s:1}]'),
            ("/api/submissions/", ada.token, b'"student_id":%d,"exercise_id":1,"code":%%s' % ada.id)):
        answer = api.post(path, token=token, body=b"{" + fields.replace(b"%s", text) + b"}", content_type="application/json")
        assert answer.status == 422, (path, fields)


def test_unknown_fields_and_parameters_are_ignored(api, ada, tess):
    made = exercise(api, tess, owner=5, id=7, created_at="never")
    assert made["id"] != 7 and "owner" not in made
    assert api.get(HERE, token=ada.token, query={"unknown": "\0", "user_id": "x"}).status == 200


def test_a_body_that_is_far_too_large_is_refused(api, ada):
    answer = api.post("/api/submissions/", token=ada.token, json={"student_id": ada.id, "exercise_id": 1, "code": "x" * 2000001})
    assert answer.status == 422


def test_what_the_web_client_asks_for_in_vain_is_refused_each_time_alike(server, api):
    """Figures of student 1 and a chat for them by everybody, whole code to session 999 (section 1): no throttle, no alarm."""
    account(api)
    who, before = account(api), server.stderr()
    for _ in range(120):
        assert [api.get(f"/api/analytics/student/1/{what}", token=who.token).status for what in ("stats", "progress")] == [403, 403]
        assert api.post("/api/chat/sessions/", token=who.token, query={"student_id": 1}).status == 403
        assert api.post("/api/chat/sessions/999/messages", token=who.token, json={"content": "x = 1\n" * 500}).status in (403, 404)
    assert api.get("/api/auth/me", token=who.token).status == 200
    assert not [line for line in server.stderr()[len(before):].splitlines() if " warn " in line or " error " in line]


# ---- pages of other origins ----

TAKEN = ["http://localhost:3000", "http://localhost:8000", "http://localhost:8080", "http://localhost", "https://localhost",
         "https://localhost:8443", "http://localhost:65535", "https://learnflow.local", "https://learnflow.vercel.app",
         "https://learn-flow-git-main-7.vercel.app", "https://LEARNFLOW.vercel.app"]
FOREIGN = ["http://localhost.evil.example", "http://localhost:3000.evil.example", "https://localhost:3000@evil.example", "http://localhost:30a0",
           "http://notlocalhost:3000", "https://learnflow.local.evil.example", "http://learnflow.local", "https://learnflow.local:444",
           "https://vercel.app", "http://learnflow.vercel.app", "https://learnflow.vercel.app.evil.example", "https://evil.example/.vercel.app",
           "https://evilvercel.app", "https://.vercel.app", "https://evil.example", "null", "http://127.0.0.1:3000", "https://a.vercel.app:8443",
           "http://localhost:123456", "https://learnflow.localx"]


def preflight(api, origin, path=HERE, method="PUT", headers="content-type,authorization,x-session-id"):
    return api.call("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers})


@pytest.mark.parametrize("origin", TAKEN)
def test_pages_of_the_product_may_call(api, ada, origin):
    asked = preflight(api, origin)
    assert asked.status == 200
    assert asked.header("access-control-allow-origin") == origin and asked.header("access-control-allow-credentials") == "true"
    assert asked.header("access-control-allow-headers") == "content-type,authorization,x-session-id" and asked.header("access-control-max-age") == "600"
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(asked.header("access-control-allow-methods").split(", "))
    for answer in (api.get(HERE, token=ada.token, headers={"Origin": origin}), api.get(HERE, headers={"Origin": origin}),
                   api.get("/api/exercises/2147483647", token=ada.token, headers={"Origin": origin}),
                   api.post("/api/auth/login", json={}, headers={"Origin": origin}), api.delete(HERE, headers={"Origin": origin}),
                   api.get("/m/practice/api/nothing", headers={"Origin": origin}), api.get("/m/practice/health", headers={"Origin": origin})):
        assert answer.header("access-control-allow-origin") == origin, answer
        assert answer.header("access-control-allow-credentials") == "true" and "Origin" in answer.header("vary")


@pytest.mark.parametrize("origin", FOREIGN)
def test_pages_that_are_called_alike_may_not(api, ada, origin):
    for answer in (preflight(api, origin), api.get(HERE, token=ada.token, headers={"Origin": origin}), api.get(HERE, headers={"Origin": origin}),
                   api.get("/m/practice/api/nothing", headers={"Origin": origin})):
        assert answer.header("access-control-allow-origin") is None and answer.header("access-control-allow-credentials") is None


def test_the_deployed_client_is_configured(start_server):
    api = start_server(environment={"LECTERN_PRACTICE_ORIGINS": "https://learn.example.org/app"}).api
    assert preflight(api, "https://learn.example.org").header("access-control-allow-credentials") == "true"
    assert preflight(api, "http://localhost:3000").header("access-control-allow-origin") == "http://localhost:3000"
    assert preflight(api, "https://learn.example.org.evil.example").header("access-control-allow-origin") is None


def test_origins_for_all_areas_count_too(start_server):
    api = start_server(environment={"CORS_ORIGINS": "https://learn.example.org"}).api
    for origin in ("https://learn.example.org", "http://localhost:3000"):
        assert preflight(api, origin).header("access-control-allow-credentials") == "true"
    assert preflight(api, "https://evil.example").header("access-control-allow-origin") is None


# ---- mount, host name, health, document ----

def test_the_area_answers_under_its_mount_and_its_host_name(start_server):
    api = start_server("--hosts", "practice=learn.example.org").api
    named, ada = Named(api, "learn.example.org"), account(api)
    for answer in (api.get("/m/practice/api/auth/me", token=ada.token), named.get("/api/auth/me", token=ada.token)):
        assert answer.json()["email"] == ada.email
    assert named.get("/health").json() == {"status": "healthy", "app": "LearnFlow"}
    assert named.get("/classes").status == 404 and api.get("/classes").status == 401


def test_health_asks_nobody(api):
    for path in ("/m/practice/health", "/m/practice/api/health", "/api/health", "/api/health/"):
        answer = api.get(path)
        assert (answer.status, answer.json()) == (200, {"status": "healthy", "app": "LearnFlow"})
    union = api.get("/health").json()
    assert union["app"] == "LearnFlow" and union["services"]["practice"] == "healthy"


def test_health_does_not_wait_for_the_database(cluster):
    server = outside_server(cluster, workers=1)
    try:
        server.start()
        cluster.pause()
        try:
            assert [server.api.get(path).status for path in ("/m/practice/health", "/api/health")] == [200, 200]
        finally:
            cluster.resume()
        server.stop()
    finally:
        server.remove()


def test_the_document_of_the_area(api):
    document = api.get("/m/practice/openapi.json").json()
    told = document["paths"]["/api/exercises/"]["post"]
    assert told["tags"] == ["practice"] and "201" in told["responses"]
    assert [tag["name"] for tag in document["tags"]][0] == "practice"
    assert api.get("/m/practice/docs").status == 200 or api.get("/m/practice/docs").status == 404  # a build without the pages has none
