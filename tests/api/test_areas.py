"""One server, many products: one person in several areas, the paths that areas share, mounts and host names."""
import pytest

from attendance import Course, Place, fresh
from classroom import Room, claims, login, ok, person, refused, register
from client import Api, Named, wait_until
from courses import Campus, Player, address, member, new_name, sign_in, sign_up
from launch import binary, run

NO_ROLE = "You have no role here"


@pytest.fixture(scope="module")
def hall(start_campus):
    """Token identity, as in production, and a host name for courses."""
    return start_campus("--identity", "token", "--hosts", "courses=learn.example,classroom=class.example")


def grant(hall, who, area, word):
    done = run(binary(), "role", "grant", who.id, area, word, "--data", hall.server.data)
    assert done.returncode == 0, done


def becomes(call, status):
    return wait_until(lambda: (answer := call()).status == status and answer, what=f"status {status}")


# --- people


def test_a_teacher_of_the_classroom_is_a_student_of_courses(hall):
    api, teacher = hall.api, person(hall.api, "teacher")
    course, videos = hall.course(1)
    refused(api.post(f"/courses/{course['id']}/register", token=teacher.token), 403, NO_ROLE)
    grant(hall, teacher, "courses", "student")
    becomes(lambda: api.post(f"/courses/{course['id']}/register", token=teacher.token), 200)
    watched = ok(api.get("/auth/users/me", token=teacher.token))
    assert (watched["id"], watched["name"], watched["role"]) == (teacher.id, teacher.name, "student")
    assert api.post("/progress", token=teacher.token, json={"video_id": videos[0]["id"], "watchtime_seconds": 60}).status == 201
    refused(api.post("/videos/youtube-playlist", token=teacher.token, json={"playlist_url": "x"}), 403, "Admin access required")
    ok(api.post("/sessions", token=teacher.token, json={"title": "Still a teacher"}))


def test_a_student_of_courses_becomes_a_teacher_of_the_classroom(hall):
    api, who = hall.api, hall.student()
    refused(api.post("/sessions", token=who.token, json={"title": "x"}), 403, NO_ROLE)
    grant(hall, who, "classroom", "teacher")
    becomes(lambda: api.post("/sessions", token=who.token, json={"title": "Mine"}), 200)
    refused(api.delete("/courses/1", token=who.token), 403, "Admin access required")
    again = ok(sign_in(api, who.name))["access_token"]
    ok(api.get("/sessions/active", token=again))


def test_an_admin_of_courses_is_nobody_elsewhere(hall):
    """Anybody may sign up as admin of courses, so that must be worth nothing in other areas."""
    token = hall.admin.token
    for method, path in (("GET", "/sessions/active"), ("POST", "/sessions"), ("GET", "/users/students"), ("GET", "/sse/sessions/1")):
        refused(hall.api.call(method, path, token=token), 403, NO_ROLE)


def test_a_teacher_of_the_classroom_is_nobody_in_courses(hall):
    teacher = person(hall.api, "teacher")
    for method, path in (("GET", "/auth/users/me"), ("GET", "/auth/users/students"), ("POST", "/progress"), ("GET", "/attendance/today"),
                         ("POST", "/videos/youtube-playlist"), ("DELETE", "/courses/1")):
        refused(hall.api.call(method, path, token=teacher.token), 403, NO_ROLE)


def test_a_token_tells_each_areas_clients_what_they_read(hall):
    teacher, student = person(hall.api, "teacher"), hall.student()
    assert (claims(teacher.token)[1]["role"], claims(teacher.token)[1]["user_id"]) == ("teacher", teacher.id)
    body = claims(student.token)[1]
    assert (body["sub"], body["user_id"]) == (student.name, student.id) and "role" not in body


def test_one_word_as_phone_number_and_as_name(hall):
    """Two people; failures at one door do not close the other."""
    word = new_name()[-16:].rjust(12, "0")
    assert register(hall.api, phone=word).status == 200
    assert sign_up(hall.api, username=word, email=f"{word}@example.org", password="another").status == 201
    one, other = ok(login(hall.api, word)), ok(sign_in(hall.api, word, "another"))
    assert one["user_id"] != other["user"]["id"]
    assert login(hall.api, word, "another").status == 401 and sign_in(hall.api, word).status == 401
    for _ in range(12):
        login(hall.api, word, "wrong-pass")
    assert login(hall.api, word).status == 429
    ok(sign_in(hall.api, word, "another"))


def test_a_revoked_role_counts_at_once(hall):
    who = hall.student()
    ok(hall.api.get("/auth/users/me", token=who.token))
    assert run(binary(), "role", "revoke", who.id, "courses", "--data", hall.server.data).returncode == 0
    becomes(lambda: hall.api.get("/auth/users/me", token=who.token), 403)
    refused(sign_in(hall.api, who.name), 401, "Incorrect username or password")


def test_legacy_identity_is_the_classrooms_alone(api, campus):
    who = member(campus.api)
    refused(campus.api.get("/auth/users/me", query={"user_id": who.id}), 401, "Not authenticated")
    teacher = person(api, "teacher")
    assert Room(api, teacher).id > 0


# --- shared paths


def test_sign_in_by_the_kind_of_body(hall):
    classmate, learner = person(hall.api), hall.student()
    assert set(ok(login(hall.api, classmate.phone))) == {"access_token", "token_type", "user_id", "role", "name"}
    assert set(ok(sign_in(hall.api, learner.name))) == {"access_token", "token_type", "user"}
    multipart = hall.api.post("/auth/login", parts={"username": classmate.phone, "password": "pass123"})
    assert ok(multipart)["user_id"] == classmate.id
    assert isinstance(hall.api.post("/auth/login", form={"username": "x"}).detail, list)  # the classroom's list of faults
    assert isinstance(hall.api.post("/auth/login", json={"username": "x"}).detail, str)  # courses' text
    assert login(hall.api, learner.name).status == 401 and sign_in(hall.api, classmate.phone).status == 401


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=UTF-8", None])
def test_sign_in_with_json_however_it_is_labelled(hall, kind):
    learner = hall.student()
    body = f'{{"user_name": "{learner.name}", "password": "pass123"}}'.encode()
    answer = hall.api.post("/auth/login", body=body, **({"content_type": kind} if kind else {}))
    assert ok(answer)["user"]["id"] == learner.id


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded; charset=utf-8", "Application/X-WWW-Form-URLencoded;charset=UTF-8"])
def test_sign_in_with_a_form_however_it_is_labelled(hall, kind):
    classmate = person(hall.api)
    answer = hall.api.post("/auth/login", body=f"username={classmate.phone}&password=pass123".encode(), content_type=kind)
    assert ok(answer)["user_id"] == classmate.id


def test_sign_in_under_mounts(hall):
    classmate, learner = person(hall.api), hall.student()
    courses, classroom = Api(hall.api.host, hall.api.port, "/m/courses"), Api(hall.api.host, hall.api.port, "/m/classroom")
    assert ok(sign_in(courses, learner.name))["user"]["id"] == learner.id
    assert ok(login(classroom, classmate.phone))["user_id"] == classmate.id
    assert isinstance(login(courses, classmate.phone).detail, str)
    assert isinstance(sign_in(classroom, learner.name).detail, list)


def test_health_of_everything_and_of_each(hall):
    union = ok(hall.api.get("/health"))
    assert union["status"] == "healthy" and {"classroom", "auth", "courses", "videos", "progress"} <= set(union["services"])
    own = ok(hall.api.get("/m/courses/health"))
    assert set(own) == {"status", "gateway", "services"} and set(own["services"]) == {"auth", "courses", "videos", "progress"}
    assert ok(Named(hall.api, "learn.example").get("/health")) == own
    assert ok(hall.api.get("/m/classroom/health")) == union


def test_the_root_of_everything_and_of_each(hall):
    assert ok(hall.api.get("/m/courses"))["message"] == "EduTrack API Gateway"
    assert ok(Named(hall.api, "learn.example:8000").get("/"))["message"] == "EduTrack API Gateway"
    assert not (hall.api.get("/").header("content-type") or "").startswith("application/json") or hall.api.get("/").status != 200


# --- mounts and host names


def test_a_mount_has_its_own_area_only(hall):
    api = hall.api
    ok(api.get("/m/courses/courses"))
    ok(api.get("/m/courses/livez"))
    for path in ("/m/courses/sessions/active", "/m/classroom/courses", "/m/nowhere/courses", "/m/courses/m/courses/courses"):
        refused(api.get(path), 404, "Not Found")


def test_a_host_name_has_its_own_area_only(hall):
    learn, school = Named(hall.api, "learn.example"), Named(hall.api, "CLASS.example")
    who, teacher = hall.student(), person(hall.api, "teacher")
    ok(learn.get("/courses"))
    assert ok(learn.get("/auth/users/me", token=who.token))["id"] == who.id
    refused(learn.get("/sessions/active", token=teacher.token), 404, "Not Found")
    refused(school.get("/courses"), 404, "Not Found")
    ok(school.get("/sessions/active", token=teacher.token))
    assert isinstance(learn.post("/auth/login", form={"username": "x", "password": "y"}).detail, str)
    assert isinstance(school.post("/auth/login", json={"username": "x", "password": "y"}).detail, list)


def test_everything_works_under_the_mount(hall):
    api = Api(hall.api.host, hall.api.port, "/m/courses")
    admin, student = member(api, "admin"), member(api, "student")
    made = ok(api.post("/videos/youtube-playlist", token=admin.token, json={"playlist_url": address(hall.youtube.add(2))}))
    videos = ok(api.get(f"/videos/course/{made['id']}"))
    ok(api.post(f"/courses/{made['id']}/register", token=student.token))
    assert api.post("/progress", token=student.token, json={"video_id": videos[0]["id"], "watchtime_seconds": 45}).status == 201
    assert ok(api.get("/attendance/today", query={"token": student.token}))["status"] == "present"
    ok(api.delete(f"/courses/{made['id']}", token=admin.token))


def test_documents_show_areas_as_tags(hall):
    whole = ok(hall.api.get("/openapi.json"))
    assert {"classroom", "courses"} <= {tag["name"] for tag in whole["tags"]}
    assert whole["paths"]["/courses"]["get"]["tags"] == ["courses"] and whole["paths"]["/sessions"]["post"]["tags"] == ["classroom"]
    own = ok(hall.api.get("/m/courses/openapi.json"))
    assert "/progress" in own["paths"] and "/sessions" not in own["paths"]
    assert set(own["paths"]["/progress"]["post"]["responses"]) >= {"201", "400", "401", "403", "404"}


# --- attendance beside the others


@pytest.fixture(scope="module")
def school(start_campus):
    return start_campus("--identity", "token", "--hosts", "attendance=aims.example")


def test_one_person_teaches_in_one_area_and_learns_in_another(school):
    """A sign-in with Google, a role given by the operator: one token for both, and each area judges by its own role."""
    place = Place(school.server, school.google)
    teacher = place.person("teacher")
    number = place.user_id(teacher)
    refused(school.api.get("/auth/users/me", token=teacher.token), 403, NO_ROLE)
    done = run(binary(), "role", "grant", number, "courses", "student", "--data", school.server.data)
    assert done.returncode == 0, done
    me = becomes(lambda: school.api.get("/auth/users/me", token=teacher.token), 200).json()
    assert (me["id"], me["role"]) == (number, "student")
    assert ok(school.api.get("/users/me", token=teacher.token))["role"] == "teacher"
    assert ok(school.api.get("/auth/users/students", token=teacher.token)) == []  # a student there
    refused(school.api.get("/sessions/active", token=teacher.token), 403, NO_ROLE)


def test_an_admin_of_courses_has_nothing_in_attendance(school):
    for method, path in (("GET", "/classes"), ("POST", "/classes"), ("GET", "/users/me"), ("GET", "/audit"), ("GET", "/attendance/sessions")):
        refused(school.api.call(method, path, token=school.admin.token), 403, "Teacher or admin access required")


def test_an_address_given_at_sign_up_opens_no_account_of_googles(school):
    """Addresses of courses are not verified: whoever signs up with somebody's address must not become them, nor they him."""
    place = Place(school.server, school.google)
    email = fresh("victim") + "@example.org"
    name = new_name()
    assert sign_up(school.api, username=name, email=email, role="admin").status == 201
    thief = ok(sign_in(school.api, name))["access_token"]
    teacher = place.person("teacher", email)
    assert place.user_id(teacher) != claims(thief)[1]["user_id"]
    refused(school.api.get("/users/me", token=thief), 403, "Teacher or admin access required")
    refused(school.api.get("/auth/users/me", token=teacher.token), 403, NO_ROLE)
    assert ok(place.sign_in(email))["user"]["id"] == teacher.id


def test_a_token_in_the_query_is_courses_alone(school):
    place = Place(school.server, school.google)
    teacher = place.person("teacher")
    assert school.api.get("/classes", query={"token": teacher.token}).status == 401


def test_paths_that_begin_alike(school):
    """/attendance/… is two areas': sessions of classes, days of courses."""
    place = Place(school.server, school.google)
    teacher, learner = place.person("teacher"), school.student()
    course = Course(place, teacher)
    course.open()
    assert len(ok(school.api.get("/attendance/sessions", token=teacher.token, query={"classId": course.id}))) == 1
    assert ok(school.api.get("/attendance/me", token=learner.token)) == []
    for mount, path, status in (("attendance", "/attendance/me", 404), ("courses", "/attendance/sessions", 404), ("attendance", "/classes", 401)):
        assert school.api.get(f"/m/{mount}{path}").status == status


def test_attendance_under_its_names(school):
    place = Place(school.server, school.google)
    token = place.person("teacher").token
    root = {"message": "AIMS Attendance Backend API", "version": "1.0.0", "docs": "/docs", "health": "/health"}
    for api in (Api(school.api.host, school.api.port, "/m/attendance"), Named(school.api, "aims.example")):
        assert ok(api.get("/")) == root
        assert ok(api.get("/health")) == {"status": "healthy", "service": "AIMS Attendance Backend"}
        assert ok(api.get("/classes", token=token)) == []
        refused(api.get("/sessions/active", token=token), 404, "Not Found")
        for page in ("/docs", "/redoc"):
            answer = api.get(page)
            assert answer.status == 200 and answer.header("content-type").startswith("text/html"), (page, answer)
        assert "/classes" in ok(api.get("/openapi.json"))["paths"]
    union = ok(school.api.get("/health"))
    assert (union["status"], union["service"]) == ("healthy", "AIMS Attendance Backend")


@pytest.mark.parametrize("origins, origin, allowed", [('["*"]', "https://a.example", True), ('["https://a.example", "https://b.example"]', "https://b.example", True),
                                                      ('["https://a.example"]', "https://b.example", False), ("https://a.example,https://b.example", "https://b.example", True)])
def test_origins_of_attendance(start_server, origins, origin, allowed):
    api = start_server("--cors-origins", origins).api
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"}
    answer = api.call("OPTIONS", "/classes", headers=asked)
    assert answer.status == 200 and (answer.header("access-control-allow-origin") == origin) == allowed
    if allowed:
        assert answer.header("access-control-allow-credentials") == "true" and "PUT" in answer.header("access-control-allow-methods")
        assert api.get("/classes", headers={"Origin": origin}).header("access-control-allow-origin") == origin


def test_paths_of_coaching_are_its_own_wherever_they_are_asked(api):
    answer = {"status": "ok", "version": "0.1.0"}
    assert ok(api.get("/v1/health")) == ok(api.get("/m/coaching/health")) == ok(api.get("/m/coaching/v1/health")) == answer
    assert "services" in ok(api.get("/health")) and ok(api.get("/m/coaching/health")) != ok(api.get("/health"))
    for path in ("/v1/auth/signup", "/m/coaching/v1/auth/signup"):
        assert api.post(path, json={}).detail.startswith("email: ")
    assert api.post("/m/courses/v1/auth/signup", json={}).status == 404
    paths = ok(api.get("/openapi.json"))["paths"]
    tags = {tag for path, methods in paths.items() if path.startswith("/v1/") for one in methods.values() for tag in one["tags"]}
    assert tags == {"coaching"}
