"""Lists of people, sessions, courses and relationships: as many as there are, once each, in order, in the memory of one page."""
import re

import pytest

from classroom import ok, person
from coaching import couple
from courses import member

CALM = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:quarantine_size_mb=1"}
MANY = 60_000
PAGE_MEMORY = 6_000_000  # bytes that an answer of MANY may take, which is longer than that


@pytest.fixture(scope="module")
def crowded(start_module_server):
    """MANY of everything, made by nobody in particular."""
    server = start_module_server(environment=CALM)
    teacher, couple_of = person(server.api, "teacher"), couple(server.api)
    server.database().script([
        f"insert into account.users (name, phone_number, role) select 'Student ' || n, '+49' || n, 'student' from generate_series(1, {MANY}) n;",
        "insert into account.roles (user_id, area, role) select user_id, 'courses', 'student' from account.users where name like 'Student %';",
        f"insert into classroom.sessions (title, created_by) select 'Lesson ' || n, {teacher.id} from generate_series(1, {MANY}) n;",
        f"insert into courses.course (course_title, link) select 'Course ' || n, 'l' || n from generate_series(1, {MANY}) n;",
        "with made as (insert into coaching.relationships (type, created_by_user_id, created_at) "
        f"select 'COUPLE', '{couple_of.ada.id}', timestamp '2026-01-01' + (n / 7) * interval '1 second' from generate_series(1, {MANY}) n returning id) "
        f"insert into coaching.relationship_members (relationship_id, user_id) select id, '{couple_of.ada.id}' from made;",
    ])
    server.database().text("analyze")
    return server, teacher, couple_of.ada


def memory(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) * 1024


LISTS = {
    "students": ("/users/students", "user_id", "select user_id from account.users where role = 'student' order by 1"),
    "sessions": ("/sessions/active", "session_id", "select session_id from classroom.sessions where is_active order by 1"),
    "courses": ("/courses", "id", "select id from courses.course order by 1"),
    "people": ("/auth/users/students", "id", "select user_id from account.roles where area = 'courses' and role = 'student' order by 1"),
    "relationships": ("/v1/relationships", "id", "select r.id from coaching.relationships r join coaching.relationship_members m on m.relationship_id = r.id "
                      "join coaching.users u on u.id = m.user_id where u.person_id = {person} order by r.created_at, r.id"),
}


@pytest.mark.parametrize("name", LISTS)
def test_all_are_there_once_and_in_order(crowded, name):
    server, teacher, ada = crowded
    path, key, wanted = LISTS[name]
    token = {"people": lambda: member(server.api, "admin").token, "relationships": lambda: ada.token}.get(name, lambda: teacher.token)()
    database = server.database()
    about = database.text(f"select person_id from coaching.users where id = '{ada.id}'") if name == "relationships" else None
    with server.api.connect(timeout=120) as connection:
        before = memory(server)
        answer = connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        after = memory(server)
    assert answer.status == 200
    assert len(answer.body) > PAGE_MEMORY / 2
    assert [str(item[key]) for item in answer.json()] == database.text(wanted.format(person=about)).split()
    assert after - before < PAGE_MEMORY, f"{(after - before) / 1e6} MB more"


def test_a_page_that_is_full_may_be_the_last(start_server):
    """As many as a page has, one more, and none."""
    server = start_server()
    teacher = person(server.api, "teacher")
    assert ok(server.api.get("/users/students", teacher)) == []
    for count, more in ((1000, 1000), (1001, 1)):
        server.database().text(f"insert into account.users (name, phone_number, role) select 'S', '+1' || {count} || n, 'student' from generate_series(1, {more}) n")
        assert len(ok(server.api.get("/users/students", teacher))) == count
