"""Exercises of practice: reading, writing, filters, pages, what students never see (practice contract, section 5)."""
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import wait_until
from practice import account, exercise, judged, submission, submit

KEYS = {"id", "title", "description", "difficulty_level", "topic", "starter_code", "expected_output", "test_cases", "hints", "level_id",
        "topic_id", "created_at", "updated_at"}
FULL = {"title": "Sum", "description": "Add", "difficulty_level": "easy", "topic": "functions", "starter_code": "def add(a, b):\n",
        "expected_output": "", "hints": ["Use +", "ünïcode \U0001f600", ""], "solution_code": "THE-SOLUTION",
        "test_cases": [{"input": "1 2", "output": 3, "deep": {"a": [1, 2.5, None, {"b": "\"\\/\u0001"}], "é": True}}, {},
                       {"input": "HIDDEN-CASE", "hidden": True}, {"input": "shown", "hidden": "true"}, {"input": "shown too", "hidden": False}]}


@pytest.fixture(scope="module")
def tess(shared):
    return account(shared.api, "teacher")


@pytest.fixture(scope="module")
def ada(shared):
    return account(shared.api)


def put(api, who, made, **changes):
    return api.put(f"/api/exercises/{made['id']}", token=who.token, json=changes)


def get(api, who, made):
    answer = api.get(f"/api/exercises/{made['id']}", token=who.token)
    assert answer.status == 200, answer
    return answer.json()


def test_an_exercise_comes_back_as_it_was_given(api, tess):
    made = exercise(api, tess, **FULL)
    assert set(made) == KEYS | {"solution_code"} and {key: made[key] for key in FULL} == FULL
    assert (made["level_id"], made["topic_id"]) == (None, None) and made["created_at"] == made["updated_at"]
    assert get(api, tess, made) == made


def test_students_see_neither_solution_nor_hidden_cases(api, tess, ada):
    made = exercise(api, tess, **FULL)
    shown = get(api, ada, made)
    assert set(shown) == KEYS and shown["test_cases"] == [case for case in FULL["test_cases"] if case.get("hidden") is not True]
    assert {key: shown[key] for key in ("hints", "starter_code", "title")} == {key: FULL[key] for key in ("hints", "starter_code", "title")}
    only_hidden = exercise(api, tess, test_cases=[{"hidden": True}])
    assert get(api, ada, only_hidden)["test_cases"] == []


def test_what_is_optional_is_null(api, tess):
    made = exercise(api, tess)
    assert [made[key] for key in ("starter_code", "expected_output", "test_cases", "hints", "solution_code")] == [None] * 5
    assert exercise(api, tess, starter_code=None, test_cases=None, hints=None)["hints"] is None
    assert exercise(api, tess, test_cases=[], hints=[])["test_cases"] == []


@pytest.mark.parametrize("text", [
    '[{"a":1.0,"b":1e2,"c":12345678901,"d":0.1,"e":-0,"f":"\\u00e9\\ud83d\\ude00"}]', '[{"a":{"b":{"c":[[[]]]}}}, {"a":"\\\\u0000"}]',
    '[ { "blanks" : [ 1 , 2 ] } ]', '[{"large":123456789012345678901234567890,"n":-9223372036854775809}]'])
def test_json_is_kept_with_its_spelling_of_numbers(api, tess, text):
    body = '{"title":"T","description":"D","difficulty_level":"easy","topic":"t","test_cases":' + text + "}"
    made = api.post("/api/exercises", token=tess.token, body=body.encode(), content_type="application/json")
    assert made.status == 201, made
    exact = {"parse_float": str, "parse_int": str}
    assert json.loads(made.body, **exact)["test_cases"] == json.loads(text, **exact)


@pytest.mark.parametrize("changes, field", [
    ({"title": ...}, "title"), ({"description": ...}, "description"), ({"difficulty_level": ...}, "difficulty_level"), ({"topic": ...}, "topic"),
    ({"title": None}, "title"), ({"title": ""}, "title"), ({"title": "t" * 256}, "title"), ({"difficulty_level": "d" * 51}, "difficulty_level"),
    ({"topic": "t" * 101}, "topic"), ({"title": 5}, "title"), ({"description": "NUL\0"}, "description"), ({"starter_code": 5}, "starter_code"),
    ({"test_cases": {}}, "test_cases"), ({"test_cases": "[]"}, "test_cases"), ({"test_cases": [1]}, "test_cases"),
    ({"test_cases": [{}, "x"]}, "test_cases"), ({"test_cases": [{"a": "\0"}]}, "test_cases"), ({"hints": "x"}, "hints"),
    ({"hints": [1]}, "hints"), ({"hints": [None]}, "hints"), ({"hints": ["NUL\0"]}, "hints"), ({"hints": [["x"]]}, "hints"),
])
def test_what_is_wrong_with_an_exercise_is_listed(api, tess, changes, field):
    body = {**FULL, **changes}
    answer = api.post("/api/exercises/", token=tess.token, json={key: value for key, value in body.items() if value is not ...})
    assert answer.status == 422 and [fault["loc"] for fault in answer.detail] == [["body", field]]
    if ... not in changes.values():
        made = exercise(api, tess)
        assert put(api, tess, made, **changes).status == 422 and get(api, tess, made) == made


def test_long_texts_are_taken_up_to_their_columns(api, tess):
    made = exercise(api, tess, title="ü" * 255, topic="t" * 100, difficulty_level="d" * 50, description="é\n" * 500000,
                    solution_code="s" * 1000000)
    assert (len(made["description"]), len(made["solution_code"]), made["title"]) == (1000000, 1000000, "ü" * 255)


@pytest.mark.parametrize("level", ["beginner", "intermediate", "advanced", "easy", "medium", "hard", "olympic"])
def test_any_word_of_difficulty_is_taken(api, tess, level):
    assert exercise(api, tess, difficulty_level=level)["difficulty_level"] == level


def test_only_what_is_given_changes(api, tess):
    made = exercise(api, tess, **FULL)
    changed = put(api, tess, made, title="Sums", hints=["other"])
    assert changed.status == 200
    assert {**made, "title": "Sums", "hints": ["other"], "updated_at": None} == {**changed.json(), "updated_at": None}
    assert changed.json()["updated_at"] > made["updated_at"] and changed.json()["created_at"] == made["created_at"]
    assert put(api, tess, made).json() == changed.json(), "an empty object changes nothing"
    assert put(api, tess, made, unknown=1).json() == changed.json()
    everything = {**FULL, "title": "New", "topic": "loops", "description": "Other", "difficulty_level": "hard", "starter_code": "",
                  "expected_output": "7", "test_cases": [{"a": 1}], "hints": [], "solution_code": "other"}
    assert {key: put(api, tess, made, **everything).json()[key] for key in everything} == everything


@pytest.mark.parametrize("key", ["starter_code", "expected_output", "test_cases", "hints", "solution_code"])
def test_null_clears_what_is_optional_only(api, tess, key):
    made = exercise(api, tess, **FULL)
    changed = put(api, tess, made, **{key: None}).json()
    assert {**made, key: None, "updated_at": None} == {**changed, "updated_at": None}


@pytest.mark.parametrize("key", ["title", "description", "difficulty_level", "topic"])
def test_null_does_not_clear_what_is_required(api, tess, key):
    made = exercise(api, tess)
    answer = put(api, tess, made, **{key: None})
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", key]
    assert get(api, tess, made) == made


def test_any_teacher_changes_any_exercise(api, tess):
    made = exercise(api, tess)
    assert put(api, account(api, "teacher"), made, title="Theirs").json()["title"] == "Theirs"


def test_lists_are_filtered_and_in_the_order_of_their_ids(api, tess, ada):
    topic = f"topic-{tess.id}-filter & more"
    made = [exercise(api, tess, topic=topic, difficulty_level=level) for level in ("easy", "hard", "easy")]

    def ids(**query):
        answer = api.get("/api/exercises", token=ada.token, query=query)
        assert answer.status == 200, answer
        return [one["id"] for one in answer.json()]

    wanted = [one["id"] for one in made]
    assert ids(topic=topic) == wanted
    assert ids(topic=topic, difficulty="easy") == [wanted[0], wanted[2]]
    assert ids(topic=topic, difficulty="") == ids(topic=topic, difficulty_level="hard") == wanted
    assert ids(topic=topic, difficulty="olympic-none") == ids(topic=topic.upper()) == []
    assert ids(topic=topic, skip=1, limit=1) == wanted[1:2]
    assert ids(topic=topic, skip=3) == ids(topic=topic, skip=2 ** 31 - 1) == []
    everything = ids(limit=1000)
    assert everything == sorted(everything) and set(wanted) <= set(everything)
    assert ids(difficulty="hard", limit=1000) == [one for one in everything if one in ids(difficulty="hard", limit=1000)]
    assert [one for page in range(0, 4, 2) for one in ids(topic=topic, skip=page, limit=2)] == wanted


def test_a_page_of_long_exercises_arrives_whole(api, tess, ada):
    topic = f"topic-{tess.id}-long"
    made = [exercise(api, tess, topic=topic, description=letter * 400000, hints=[letter * 400000], solution_code="s" * 400000)["id"]
            for letter in "abcde"]
    for who in (ada, tess):
        answer = api.get("/api/exercises", token=who.token, query={"topic": topic})
        assert [one["id"] for one in answer.json()] == made and answer.header("transfer-encoding") == "chunked"
        assert [one["hints"][0][0] for one in answer.json()] == list("abcde")
    some = api.get("/api/exercises", token=ada.token, query={"topic": topic, "skip": 1, "limit": 3})
    assert [one["id"] for one in some.json()] == made[1:4]


@pytest.mark.parametrize("query", [{"skip": -1}, {"limit": 0}, {"limit": 1001}, {"limit": -1}, {"skip": "x"}, {"limit": ""}, {"skip": 2 ** 31},
                                   {"skip": 10 ** 30}, {"limit": "1.5"}, {"topic": "\0"}, {"difficulty": "a\0b"}])
def test_a_page_out_of_bounds_is_refused(api, ada, query):
    answer = api.get("/api/exercises/", token=ada.token, query=query)
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", *query]


def test_who_is_not_there_is_not_found(api, tess, ada):
    for method, token in (("GET", ada.token), ("GET", tess.token), ("PUT", tess.token), ("DELETE", tess.token)):
        more = {"json": {"title": "x"}} if method == "PUT" else {}
        answer = api.call(method, "/api/exercises/2147483647", token=token, **more)
        assert (answer.status, answer.detail) == (404, "Exercise not found")


def test_an_exercise_goes_with_all_that_hangs_on_it(api, server, tess):
    made, kept = exercise(api, tess), exercise(api, tess)
    student = account(api)
    for one in (made, kept):
        judged(api, tess, submission(api, student, one["id"])["id"], "passing", score=80)
    gone = api.delete(f"/api/exercises/{made['id']}", token=tess.token)
    assert (gone.status, gone.json()) == (200, {"message": "Exercise deleted"})
    again = api.delete(f"/api/exercises/{made['id']}", token=tess.token)
    assert (again.status, again.detail) == (404, "Exercise not found")
    assert api.get(f"/api/exercises/{made['id']}", token=tess.token).status == 404
    assert [one["exercise_id"] for one in api.get(f"/api/submissions/student/{student.id}", token=student.token).json()] == [kept["id"]]
    assert [one["exercise_id"] for one in api.get(f"/api/analytics/student/{student.id}/progress", token=student.token).json()] == [kept["id"]]
    standing = server.database().one(f"select completed, scored, score_sum from practice.standings where student_id = {student.id}")
    assert standing == {"completed": 1, "scored": 1, "score_sum": 80}


def test_an_exercise_may_take_its_time_to_go(start_server):
    """With what a hundred thousand students have done it takes longer than a statement of others may."""
    server = start_server("--statement-timeout", 200)
    teacher = account(server.api, "teacher")
    made = exercise(server.api, teacher)
    late = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '400 ms'"
    with ThreadPoolExecutor(1) as pool:
        with server.database().held(f"select from practice.exercises where id = {made['id']} for update"):
            gone = pool.submit(server.api.delete, f"/api/exercises/{made['id']}", token=teacher.token)
            wait_until(lambda: gone.done() or server.database().rows(late), what="the removal waits")
        answer = gone.result()
    assert answer.status == 200, answer


def test_an_exercise_that_goes_meanwhile_breaks_nothing(api, server, tess):
    made, student = exercise(api, tess), account(api)
    submission(api, student, made["id"])
    with ThreadPoolExecutor(1) as pool:
        with server.database().held(f"delete from practice.exercises where id = {made['id']}"):
            late = pool.submit(submit, api, student, made["id"])
            wait_until(server.database().somebody_waits, what="the submission waits")
        answer = late.result()
    assert (answer.status, answer.detail) == (404, "Exercise not found")
