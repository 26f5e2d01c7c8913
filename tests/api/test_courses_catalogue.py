"""Courses contract, sections 1, 2, 4 and 5.1: common rules, health, courses, registration, videos."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ok, refused
from courses import Campus, Player

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$")
ABSENT = ["0", "-1", "2147483647"]
NOT_IDS = ["x", "1.5", "2147483648", "99999999999999999999", "0x1", "1%00", "%F0%9F%98%80"]


@pytest.fixture
def api(campus):
    return campus.api


@pytest.fixture(scope="module")
def algebra(campus):
    return campus.course(3, "Algebra")


# --- health (section 2)


@pytest.mark.parametrize("path, service", [("/auth/health", "auth-service"), ("/courses/health", "course-service"),
                                           ("/videos/health", "video-service"), ("/progress/health", "progress-service")])
def test_each_service_has_its_health(api, path, service):
    assert ok(api.get(path)) == {"status": "healthy", "service": service}
    ok(api.get(path, token="x"))


def test_there_is_no_health_of_attendance(api):
    refused(api.get("/attendance/health"), 404, "Not Found")


def test_the_gateways_health(api):
    healthy = {name: "healthy" for name in ("auth", "courses", "videos", "progress")}
    assert ok(api.get("/m/courses/health")) == {"status": "healthy", "gateway": "running", "services": healthy}
    union = ok(api.get("/health"))
    assert (union["status"], union["gateway"]) == ("healthy", "running")
    assert healthy.items() <= union["services"].items() and union["services"]["classroom"] == "healthy"


def test_the_root_tells_what_is_where(api):
    root = ok(api.get("/m/courses/"))
    assert root["message"] == "EduTrack API Gateway"
    assert root["health"] == {name: f"/{name}/health" for name in ("auth", "courses", "videos", "progress")}
    assert {name: path for name, path in root["services"].items() if name != "attendance"} == {
        name: f"/{name}" for name in ("auth", "courses", "videos", "progress")}


def test_health_without_a_database(start_server, cluster):
    from launch import outside_server
    server = outside_server(cluster, workers=1)
    try:
        server.start()
        cluster.pause()
        try:
            for path in ("/health", "/m/courses/health", "/progress/health"):
                answer = server.api.get(path)
                assert answer.status == 503 and answer.json()["status"] == "unhealthy", answer
            assert set(server.api.get("/m/courses/health").json()["services"].values()) == {"unhealthy"}
        finally:
            cluster.resume()
        from client import wait_until
        wait_until(lambda: server.api.get("/health").status == 200, what="health")
        server.stop()
    finally:
        server.remove()


# --- courses (section 4)


def test_courses_are_public_and_in_order(campus, api, algebra):
    other = campus.course(1, "Biology \U0001f9ec <b>\"&'</b> שלום")[0]
    courses = ok(api.get("/courses"))
    assert algebra[0] in courses and other in courses
    assert [c["id"] for c in courses] == sorted(c["id"] for c in courses)
    assert all(set(c) == {"id", "course_title", "link"} for c in courses)
    assert other["course_title"] == "Biology \U0001f9ec <b>\"&'</b> שלום"
    assert ok(api.get("/courses/")) == courses


def test_no_courses():
    own = Campus().start()
    try:
        assert ok(own.api.get("/courses")) == []
    finally:
        own.end()


def test_one_course(api, algebra):
    assert ok(api.get(f"/courses/{algebra[0]['id']}")) == algebra[0]
    assert algebra[0]["link"].startswith("https://www.youtube.com/playlist?list=PL")


@pytest.mark.parametrize("method, path, missing", [
    ("GET", "/courses/{}", 404), ("GET", "/courses/{}/registration", 404), ("POST", "/courses/{}/register", 404),
    ("DELETE", "/courses/{}", 404), ("GET", "/courses/{}/videos", 200), ("GET", "/videos/course/{}", 200),
    ("GET", "/progress/video/{}", 200), ("GET", "/attendance/user/{}", 200)])
def test_ids_that_name_nothing(campus, api, method, path, missing):
    who = campus.student() if method == "POST" else campus.admin
    for number in ABSENT:
        answer = api.call(method, path.format(number), token=who.token)
        assert answer.status == missing, answer
        assert answer.json() == ([] if missing == 200 else {"detail": "Course not found"})
    for text in NOT_IDS:
        answer = api.call(method, path.format(text), token=who.token)
        assert answer.status == 400 and isinstance(answer.detail, str), (text, answer)


# --- registration


def test_registration(campus, api, algebra):
    who, path = campus.student(), f"/courses/{algebra[0]['id']}"
    assert ok(api.get(f"{path}/registration", token=who.token)) == {"enrolled": False, "course_id": algebra[0]["id"], "created_at": None}
    made = ok(api.post(f"{path}/register", token=who.token))
    assert set(made) == {"message", "course_id", "enrolled", "created_at"} and isinstance(made["message"], str)
    assert (made["course_id"], made["enrolled"]) == (algebra[0]["id"], True) and STAMP.match(made["created_at"])
    assert ok(api.get(f"{path}/registration", token=who.token)) == {key: made[key] for key in ("enrolled", "course_id", "created_at")}
    refused(api.post(f"{path}/register", token=who.token), 400, "Already registered for this course")
    assert not ok(api.get(f"{path}/registration", token=campus.student().token))["enrolled"]


@pytest.mark.parametrize("body", [{}, {"json": {}}, {"json": {"anything": 1}}, {"body": b"{", "content_type": "application/json"}])
def test_register_needs_no_body(campus, api, algebra, body):
    ok(api.post(f"/courses/{algebra[0]['id']}/register", token=campus.student().token, **body))


def test_register_takes_up_a_row_that_was_switched_off(campus, api, algebra):
    who, course = campus.student(), algebra[0]["id"]
    made = ok(api.post(f"/courses/{course}/register", token=who.token))
    campus.server.database().text(f"update courses.course_status set enrolled = false where user_id = {who.id}")
    assert ok(api.get(f"/courses/{course}/registration", token=who.token)) == {"enrolled": False, "course_id": course, "created_at": None}
    assert ok(api.post(f"/courses/{course}/register", token=who.token)) == made


def test_one_of_many_simultaneous_registrations_wins(campus, api, algebra):
    for _ in range(4):
        who = campus.student()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: api.post(f"/courses/{algebra[0]['id']}/register", token=who.token), range(12)))
        assert sorted(answer.status for answer in answers) == [200] + [400] * 11
        rows = campus.server.database().one(f"select count(*) as n from courses.course_status where user_id = {who.id}")
        assert rows["n"] == 1


def test_an_admin_is_never_registered(campus, api, algebra):
    refused(api.post(f"/courses/{algebra[0]['id']}/register", token=campus.admin.token), 403, "Student access required")
    assert not ok(api.get(f"/courses/{algebra[0]['id']}/registration", token=campus.admin.token))["enrolled"]


def test_rights_come_before_existence(campus, api):
    refused(api.post("/courses/2147483647/register"), 401, "Not authenticated")
    refused(api.post("/courses/x/register", token=campus.admin.token), 403, "Student access required")
    refused(api.delete("/courses/2147483647", token=campus.student().token), 403, "Admin access required")
    refused(api.get("/attendance/date/x", token=campus.student().token), 403, "Only admins can view attendance by date")


# --- videos


def test_videos_in_playlist_order(api, algebra):
    course, videos = algebra
    assert [video["title"] for video in videos] == ["Video 1", "Video 2", "Video 3"]
    for video in videos:
        assert set(video) == {"id", "course_id", "title", "video_link"} and video["course_id"] == course["id"]
        assert re.fullmatch(r"https://www\.youtube\.com/watch\?v=[A-Za-z0-9_-]{11}", video["video_link"])
    assert ok(api.get(f"/courses/{course['id']}/videos")) == videos
    assert ok(api.get(f"/videos/course/{course['id']}", token="x")) == videos


# --- deletion


def test_deleting_a_course(campus, api):
    course, videos = campus.course(2)
    player = Player(campus, videos[0]["id"])
    ok(api.post(f"/courses/{course['id']}/register", token=player.who.token))
    player.recorded(watchtime_seconds=600)
    refused(api.delete(f"/courses/{course['id']}"), 401, "Not authenticated")
    refused(api.delete(f"/courses/{course['id']}", token=player.who.token), 403, "Admin access required")
    gone = ok(api.delete(f"/courses/{course['id']}", token=campus.admin.token))
    assert gone == {"message": "Course deleted successfully", "course_id": course["id"]}
    refused(api.delete(f"/courses/{course['id']}", token=campus.admin.token), 404, "Course not found")
    refused(api.get(f"/courses/{course['id']}"), 404, "Course not found")
    assert ok(api.get(f"/courses/{course['id']}/videos")) == [] and player.rows() == []
    assert (player.today()["total_time"], player.today()["status"]) == ("00:10:00", "present")
    left = campus.server.database().one(f"select count(*) as n from courses.course_status where user_id = {player.who.id}")
    assert left["n"] == 0


# --- common rules (section 1)


@pytest.mark.parametrize("method, path", [("GET", "/courses/1/nothing"), ("GET", "/videos"), ("POST", "/courses/1/videos/2"), ("GET", "/attendance")])
def test_unknown_paths(api, method, path):
    refused(api.call(method, path), 404, "Not Found")


@pytest.mark.parametrize("method, path", [("PUT", "/courses/1"), ("DELETE", "/courses"), ("POST", "/courses/health"), ("GET", "/auth/signup"),
                                          ("GET", "/progress"), ("POST", "/attendance/me")])
def test_wrong_methods(api, method, path):
    refused(api.call(method, path), 405, "Method Not Allowed")


def test_answers_are_plain(api, algebra):
    answer = api.get("/courses", headers={"Accept-Encoding": "gzip, br"})
    assert algebra[0] in ok(answer) and answer.header("content-type").startswith("application/json")
    assert answer.header("content-encoding") is None and answer.header("etag") is None


ORIGINS = ["http://localhost:3000", "http://localhost:3001", "https://edutrack-frontend-163165605136.us-central1.run.app", "https://learn.example"]


@pytest.fixture(scope="module")
def elsewhere(start_campus):
    return start_campus(environment={"FRONTEND_URL": "https://learn.example", "CORS_ORIGINS": "https://class.example"}).api


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ["/courses", "/auth/login", "/auth/signup", "/progress", "/attendance/date/2026-01-01", "/videos/youtube-playlist"])
def test_preflights(elsewhere, origin, path):
    answer = elsewhere.call("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": "POST",
                                                      "Access-Control-Request-Headers": "authorization, content-type"})
    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == origin
    assert answer.header("access-control-allow-credentials") == "true"
    allowed = answer.header("access-control-allow-headers").lower()
    assert "authorization" in allowed and "content-type" in allowed
    assert "POST" in answer.header("access-control-allow-methods")


@pytest.mark.parametrize("origin", ORIGINS)
def test_answers_and_errors_carry_cors(elsewhere, origin):
    headers = {"Origin": origin}
    answers = [elsewhere.get("/courses", headers=headers), elsewhere.get("/auth/users/me", headers=headers),
               elsewhere.get("/courses/2147483647", headers=headers), elsewhere.get("/courses/x", headers=headers),
               elsewhere.post("/auth/login", headers=headers, json={"username": "nobody", "password": "x"}),
               elsewhere.post("/auth/signup", headers=headers, json={}), elsewhere.delete("/courses", headers=headers)]
    assert [answer.status for answer in answers] == [200, 401, 404, 400, 401, 400, 405]
    for answer in answers:
        assert answer.header("access-control-allow-origin") == origin, answer


def test_other_origins_are_not_let_in(elsewhere):
    for origin in ("https://evil.example", "http://localhost:3002", "null", "https://class.example"):
        assert elsewhere.get("/courses", headers={"Origin": origin}).header("access-control-allow-origin") is None
