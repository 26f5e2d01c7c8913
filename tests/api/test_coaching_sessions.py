"""Sessions of coaching: made, read as reports, listed (coaching contract, sections 8.1, 8.3 and 8.4)."""
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from client import wait_until
from coaching import account, at_once, couple, session

STATEMENT = Path(__file__).resolve().parents[2] / "store/sql/coaching/make_report.sql"
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
PATHS = ["/v1/sessions", "/v1/coach/sessions"]
ODD = ["nothing", "-1", "1' or '1'='1", "x" * 200, "\U0001f600", "5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11", "%25"]


@pytest.fixture(scope="module")
def pair(shared):
    return couple(shared.api)


@pytest.fixture(scope="module")
def stranger(shared):
    return account(shared.api, display_name="Eve")


@pytest.fixture
def database(server):
    return server.database()


def create(api, who, path=PATHS[0], **body):
    return api.post(path, token=who.token, json=body)


def report(api, who, sid, path=PATHS[0]):
    return api.get(f"{path}/{sid}/report", token=who.token)


def participants(database, sid):
    return {row["user_id"] for row in database.rows(f"select user_id from coaching.session_participants where session_id = '{sid}'")}


def make_report(database, sid):
    """As the job does: what the statement gives, None for no row."""
    sql = re.sub(r"--.*", "", STATEMENT.read_text()).replace("$1", f"'{sid}'")
    return {"t": True, "f": False, "": None}[database.text(sql)]


def nudge(database, sid, who, kind, count, first):
    database.text(f"insert into coaching.nudge_events (session_id, user_id, nudge_type, payload, seq, created_at) "
                  f"select '{sid}', '{who.id}', '{kind}', '{{}}', {first} + n, now() from generate_series(1, {count}) n")


def end(database, sid, status="ENDED"):
    database.text(f"update coaching.sessions set status = '{status}', ended_at = now() where id = '{sid}'")


# ---- 8.1 ----

@pytest.mark.parametrize("path", PATHS)
def test_whoever_makes_a_session_is_alone_in_it_without_a_list(api, database, pair, path):
    for body in ({}, {"participants": []}):
        made = create(api, pair.ada, path, relationship_id=pair.id, unknown=1, **body)
        assert made.status == 200 and set(made.json()) == {"id", "status"} and made.json()["status"] == "ACTIVE"
        sid = made.json()["id"]
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", sid)
        assert participants(database, sid) == {pair.ada.id}
        row = database.one(f"select * from coaching.sessions where id = '{sid}'")
        assert (row["relationship_id"], row["created_by_user_id"], row["ended_at"]) == (pair.id, pair.ada.id, None) and row["started_at"]


def test_those_named_take_part_once(api, database, pair):
    ada, ben = pair.ada.id, pair.ben.id
    for named in ([ben], [ben, ben, ada], [ada, ben]):
        made = create(api, pair.ada, relationship_id=pair.id, participants=named)
        assert made.status == 200 and participants(database, made.json()["id"]) == {ada, ben}
    made = create(api, pair.ada, relationship_id=pair.id, participants=[ada, ada])
    assert participants(database, made.json()["id"]) == {ada}


@pytest.mark.parametrize("odd", ODD)
def test_a_relationship_that_is_not_there(api, pair, odd):
    answer = create(api, pair.ada, relationship_id=odd, participants=[pair.ben.id])
    assert (answer.status, answer.detail) == (404, f"Relationship with id {odd} not found")


@pytest.mark.parametrize("odd", ODD)
def test_people_who_are_no_members_take_no_part(api, database, pair, stranger, odd):
    before = database.one("select count(*) from coaching.sessions")
    for named, told in (([odd], odd), ([pair.ben.id, stranger.id, odd], stranger.id), ([odd, stranger.id], odd)):
        answer = create(api, pair.ada, relationship_id=pair.id, participants=named)
        assert (answer.status, answer.detail) == (403, f"User {told} is not a member of this relationship")
    assert database.one("select count(*) from coaching.sessions") == before


def test_strangers_make_no_session_and_learn_nobodys_place(api, database, pair, stranger):
    for named in ([], [stranger.id], [pair.ada.id], ["nobody"]):
        answer = create(api, stranger, relationship_id=pair.id, participants=named)
        assert (answer.status, answer.detail) == (403, "User is not a member of this relationship")
    assert not database.rows(f"select 1 from coaching.session_participants where user_id = '{stranger.id}'")


@pytest.mark.parametrize("status, may", [("INVITED", True), ("ACCEPTED", True), ("DECLINED", False), ("REMOVED", False)])
def test_whose_place_no_longer_counts_is_no_member(api, database, status, may):
    pair = couple(api)
    database.text(f"update coaching.relationship_members set member_status = '{status}' where user_id = '{pair.ben.id}'")
    assert create(api, pair.ben, relationship_id=pair.id).status == (200 if may else 403)
    named = create(api, pair.ada, relationship_id=pair.id, participants=[pair.ben.id])
    assert named.status == (200 if may else 403)


@pytest.mark.parametrize("body, field", [
    ({}, "relationship_id"), ({"relationship_id": None}, "relationship_id"), ({"relationship_id": 5}, "relationship_id"),
    ({"relationship_id": "NUL\0"}, "relationship_id"), ({"relationship_id": "x", "participants": "x"}, "participants"),
    ({"relationship_id": "x", "participants": [1]}, "participants"), ({"relationship_id": "x", "participants": [None]}, "participants"),
    ({"relationship_id": "x", "participants": ["NUL\0"]}, "participants"), ({"relationship_id": "x", "participants": {}}, "participants"),
])
def test_what_is_wrong_with_a_session_is_listed(api, pair, body, field):
    answer = create(api, pair.ada, **body)
    assert answer.status == 422 and [fault["loc"] for fault in answer.detail] == [["body", field]]


def test_the_ladder(api, pair, stranger):
    assert api.post(PATHS[0], body=b"{", content_type="application/json").status == 401
    assert create(api, stranger, relationship_id=pair.id, participants=5).status == 422, "before rights"
    assert api.post(PATHS[0], token=pair.ada.token, json=[]).status == 422
    assert api.post(PATHS[0], token=pair.ada.token, body=b"{", content_type="application/json").status == 422


def test_sessions_stand_side_by_side(api, pair):
    answers = at_once([lambda: create(api, pair.ada, relationship_id=pair.id)] * 4)
    assert len({answer.json()["id"] for answer in answers}) == 4


def test_a_session_of_a_relationship_that_is_just_going(api, database):
    """Whoever comes while it is deleted waits, and then it is not there; what was made before goes with it."""
    pair = couple(api)
    first = session(api, pair.ada, pair.id, pair.ben)
    with ThreadPoolExecutor(1) as pool:
        with database.held(f"delete from coaching.relationships where id = '{pair.id}'"):
            late = pool.submit(create, api, pair.ada, relationship_id=pair.id, participants=[pair.ben.id])
            wait_until(database.somebody_waits, what="the session waits")
        assert (late.result().status, late.result().detail) == (404, f"Relationship with id {pair.id} not found")
    assert report(api, pair.ada, first).status == 404 and history(api, pair.ada) == []


def test_a_session_with_somebody_who_is_just_going(api, database):
    pair = couple(api)
    with ThreadPoolExecutor(1) as pool:
        with database.held(f"delete from coaching.users where id = '{pair.ben.id}'"):
            late = pool.submit(create, api, pair.ada, relationship_id=pair.id, participants=[pair.ben.id])
            wait_until(database.somebody_waits, what="the session waits")
        assert (late.result().status, late.result().detail) == (403, "User is not a member of this relationship")
    assert create(api, pair.ada, relationship_id=pair.id).status == 200


# ---- 8.3 ----

@pytest.mark.parametrize("path", PATHS)
def test_a_report_that_is_still_to_be_made_is_noted(api, database, pair, path):
    sid = session(api, pair.ada, pair.id, pair.ben)
    for who in (pair.ada, pair.ben, pair.ada):
        told = report(api, who, sid, path)
        assert told.status == 200 and told.json() == {"sid": sid, "summary": "Report pending...", "moments": [], "action_items": []}
        assert database.one(f"select status, summary from coaching.session_reports where session_id = '{sid}'") == {"status": "PENDING", "summary": None}


def test_a_report_read_by_many_at_once_is_noted_once(api, database, pair):
    sid = session(api, pair.ada, pair.id, pair.ben)
    answers = at_once([lambda who=who: report(api, who, sid) for who in (pair.ada, pair.ben) * 6])
    assert [answer.json()["summary"] for answer in answers] == ["Report pending..."] * 12
    assert len(database.rows(f"select 1 from coaching.session_reports where session_id = '{sid}'")) == 1


def test_a_report_is_read_by_who_took_part_only(api, database, pair, stranger):
    sid = session(api, pair.ada, pair.id)
    for who in (stranger, pair.ben):
        answer = report(api, who, sid)
        assert (answer.status, answer.detail) == (403, "Not authorized")
    assert not database.rows(f"select 1 from coaching.session_reports where session_id = '{sid}'"), "what is refused notes nothing"


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd.isascii() and " " not in odd and "%" not in odd])
def test_a_report_of_no_session(api, stranger, odd):
    answer = report(api, stranger, odd)
    assert (answer.status, answer.detail) == (404, f"Session with id {odd} not found")


def test_odd_bytes_in_a_path_name_nothing(api, stranger):
    for path in ("/v1/sessions/%00/report", "/v1/sessions/%ff/report", "/v1/sessions/a%20b/report"):
        assert api.get(path, token=stranger.token).status == 404


SLOWER, PAUSES, LISTEN = ("Practice slower speech in future sessions", "Try to pause more and allow the other person to speak",
                          "Continue practicing active listening")


@pytest.mark.parametrize("slow, pause, summary, items", [
    (0, 0, "0 nudges delivered. Try more pauses.", []),
    (0, 1, "1 nudges delivered. Try more pauses.", [LISTEN]),
    (0, 4, "4 nudges delivered. Try more pauses.", [PAUSES]),
    (1, 0, "1 nudges delivered. 1 slow-down suggestions, 0 pause suggestions.", [LISTEN]),
    (3, 3, "6 nudges delivered. 3 slow-down suggestions, 3 pause suggestions.", [LISTEN]),
    (4, 3, "7 nudges delivered. 4 slow-down suggestions, 3 pause suggestions.", [SLOWER]),
    (3, 4, "7 nudges delivered. 3 slow-down suggestions, 4 pause suggestions.", [PAUSES]),
    (4, 4, "8 nudges delivered. 4 slow-down suggestions, 4 pause suggestions.", [SLOWER, PAUSES]),
])
def test_what_a_report_says(api, database, pair, slow, pause, summary, items):
    sid, other = session(api, pair.ada, pair.id, pair.ben), session(api, pair.ada, pair.id)
    nudge(database, sid, pair.ada, "SLOW_DOWN", slow, 0)
    nudge(database, sid, pair.ben, "PAUSE", pause, 100)
    nudge(database, other, pair.ada, "PAUSE", 5, 0)
    end(database, sid)
    assert make_report(database, sid) is True
    for who in (pair.ada, pair.ben):
        assert report(api, who, sid).json() == {"sid": sid, "summary": summary, "moments": [], "action_items": items}


def test_nudges_of_other_kinds_count_as_nudges(api, database, pair):
    sid = session(api, pair.ada, pair.id)
    nudge(database, sid, pair.ada, "OTHER", 2, 0)
    nudge(database, sid, pair.ada, "SLOW_DOWN", 1, 10)
    end(database, sid, "FINALIZED")
    assert make_report(database, sid) is True
    assert report(api, pair.ada, sid).json()["summary"] == "3 nudges delivered. 1 slow-down suggestions, 0 pause suggestions."


def test_a_report_that_is_ready_stays(api, database, pair):
    sid = session(api, pair.ada, pair.id)
    assert report(api, pair.ada, sid).json()["summary"] == "Report pending..."
    assert make_report(database, sid) is None, "it goes on"
    nudge(database, sid, pair.ada, "PAUSE", 1, 0)
    end(database, sid)
    assert make_report(database, sid) is True, "what was noted is made"
    ready = report(api, pair.ada, sid).json()
    nudge(database, sid, pair.ada, "SLOW_DOWN", 9, 10)
    assert make_report(database, sid) is False and report(api, pair.ada, sid).json() == ready
    assert database.one(f"select status from coaching.session_reports where session_id = '{sid}'")["status"] == "READY"


def test_a_report_made_by_many_at_once_is_one(api, database, pair):
    sid = session(api, pair.ada, pair.id)
    nudge(database, sid, pair.ada, "PAUSE", 2, 0)
    end(database, sid)
    made = at_once([lambda: make_report(database, sid)] * 4 + [lambda: report(api, pair.ada, sid)] * 4)
    assert made[:4].count(True) == 1 and made[:4].count(False) == 3
    assert report(api, pair.ada, sid).json()["summary"] == "2 nudges delivered. Try more pauses."


def test_the_report_of_a_session_that_is_gone_is_no_fault(database):
    assert make_report(database, "nothing") is None


# ---- 8.4 ----

def history(api, who, **query):
    answer = api.get("/v1/history/sessions", token=who.token, query=query)
    assert answer.status == 200, answer
    return answer.json()


def test_the_history_is_of_who_took_part_newest_first(api, database):
    pair = couple(api)
    assert history(api, pair.ada) == [] and history(api, pair.ben) == []
    made = [session(api, pair.ada, pair.id, *others) for others in ((pair.ben,), (), (pair.ben,))]
    end(database, made[0])
    told = history(api, pair.ada)
    assert [one["id"] for one in told] == made[::-1]
    assert [one["status"] for one in told] == ["ACTIVE", "ACTIVE", "ENDED"]
    assert all(set(one) == {"id", "relationship_id", "status", "created_at"} and one["relationship_id"] == pair.id and STAMP.match(one["created_at"])
               for one in told)
    assert [one["id"] for one in history(api, pair.ben)] == [made[2], made[0]], "a member who took no part does not see it"
    assert history(api, pair.ada, limit=2) == told[:2] and history(api, pair.ada, limit=100) == told


def test_the_history_has_one_order_where_times_are_equal(api, database):
    pair = couple(api)
    made = [session(api, pair.ada, pair.id) for _ in range(5)]
    database.text(f"with at as (update coaching.sessions set created_at = '2026-01-01' where relationship_id = '{pair.id}' returning id) "
                  "update coaching.session_participants set created_at = '2026-01-01' from at where session_id = id")
    assert [one["id"] for one in history(api, pair.ada)] == sorted(made, reverse=True)
    assert [one["id"] for one in history(api, pair.ada, limit=3)] == sorted(made, reverse=True)[:3]


def test_the_history_shows_twenty_unless_asked(api, database):
    pair = couple(api)
    database.text(f"with made as (insert into coaching.sessions (relationship_id) select '{pair.id}' from generate_series(1, 103) returning id) "
                  f"insert into coaching.session_participants (session_id, user_id) select id, '{pair.ada.id}' from made")
    assert len(history(api, pair.ada)) == 20 and len(history(api, pair.ada, limit=100)) == 100 and len(history(api, pair.ada, limit=1)) == 1


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "99999999999999999999"])
def test_a_limit_that_is_none(api, pair, limit):
    answer = api.get("/v1/history/sessions", token=pair.ada.token, query={"limit": limit})
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "limit"]
