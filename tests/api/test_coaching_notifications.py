"""Pokes of a relationship, and what people have been told, with its marks (coaching contract, sections 10.3 and 19)."""
import re

import pytest

from coaching import account, at_once, couple

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
KISS = "\U0001f469‍❤️‍\U0001f48b‍\U0001f468"
PATHS = ["/v1/pokes", "/v1/interaction/pokes"]
ODD = ["", "nothing", "-1", "1' or '1'='1", "x" * 2000, "\U0001f600", "5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11"]


@pytest.fixture
def database(server):
    return server.database()


@pytest.fixture
def pair(api):
    return couple(api)


def poke_rows(database, pair, count, kind="love", emoji=None, at="'2026-01-01'::timestamp + n * interval '1 second'"):
    """Pokes of Ada's, the newest last."""
    sign = f"'{emoji}'" if emoji else "null"
    return database.text(
        "insert into coaching.poke_events (relationship_id, sender_id, receiver_id, type, emoji, created_at) "
        f"select '{pair.id}', '{pair.ada.id}', '{pair.ben.id}', '{kind}', {sign}, {at} from generate_series(1, {count}) n returning id").split("\n")


def pokes(api, who, rid, path=PATHS[0]):
    return api.get(path, token=who.token, query={"rid": rid})


def notes(database, who, count, first=1):
    """Notifications of somebody, the newest last."""
    return database.text(
        "insert into coaching.notifications (user_id, seq, type, title, message, data, created_at) "
        f"select '{who.id}', {first} + n, 'emoji_poke', 'Ada', 'message ' || n, json_build_object('n', n), '2026-01-01'::timestamp + n * interval '1 s' "
        f"from generate_series(0, {count} - 1) n returning id").split("\n")


def listed(api, who, **query):
    answer = api.get("/v1/notifications", token=who.token, query=query)
    assert answer.status == 200, answer
    return answer.json()


def unread(api, who):
    answer = api.get("/v1/notifications/unread-count", token=who.token)
    assert answer.status == 200 and set(answer.json()) == {"unread_count"}, answer
    return answer.json()["unread_count"]


def read(api, who, one):
    return api.post(f"/v1/notifications/{one}/read", token=who.token)


# ---- 10.3 ----

@pytest.mark.parametrize("path", PATHS)
def test_the_pokes_of_a_relationship(api, database, pair, path):
    assert pokes(api, pair.ada, pair.id, path).json() == []
    love, = poke_rows(database, pair, 1, at="'2026-01-01 02:03:04.5'::timestamp")
    kiss, = poke_rows(database, pair, 1, "miss_you", KISS, at="'2026-01-02'::timestamp")
    elsewhere = couple(api)
    poke_rows(database, elsewhere, 2)
    for who in (pair.ada, pair.ben):
        answer = pokes(api, who, pair.id, path)
        assert answer.status == 200 and answer.json() == [
            {"id": kiss, "type": "miss_you", "emoji": KISS, "sender_id": pair.ada.id, "receiver_id": pair.ben.id,
             "created_at": "2026-01-02T00:00:00.000000Z"},
            {"id": love, "type": "love", "emoji": None, "sender_id": pair.ada.id, "receiver_id": pair.ben.id,
             "created_at": "2026-01-01T02:03:04.500000Z"}]


def test_the_newest_hundred_pokes_are_shown(api, database, pair):
    made = poke_rows(database, pair, 103)
    assert [one["id"] for one in pokes(api, pair.ben, pair.id).json()] == made[:2:-1]
    same = couple(api)
    made = poke_rows(database, same, 120, at="'2026-01-01'::timestamp")
    assert [one["id"] for one in pokes(api, same.ada, same.id).json()] == sorted(made, reverse=True)[:100], "one order where times are equal"


def test_pokes_are_shown_to_members_only(api, database, pair):
    poke_rows(database, pair, 1)
    stranger = account(api)
    for who, rid in [(stranger, pair.id), *((pair.ada, odd) for odd in ODD)]:
        answer = pokes(api, who, rid)
        assert (answer.status, answer.detail) == (403, "User is not a member of this relationship")
    for status, may in (("INVITED", 200), ("ACCEPTED", 200), ("DECLINED", 403), ("REMOVED", 403)):
        database.text(f"update coaching.relationship_members set member_status = '{status}' where user_id = '{pair.ben.id}'")
        assert pokes(api, pair.ben, pair.id).status == may


def test_a_relationship_must_be_named(api, pair):
    answer = api.get(PATHS[0], token=pair.ada.token)
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "rid"]
    assert api.get(PATHS[0]).status == 401


# ---- 19: notifications ----

def test_notifications_are_their_owners_newest_first(api, database, pair):
    assert listed(api, pair.ben) == [] and unread(api, pair.ben) == 0
    made = notes(database, pair.ben, 3)
    notes(database, pair.ada, 1)
    told = listed(api, pair.ben)
    assert [one["id"] for one in told] == made[::-1] and unread(api, pair.ben) == 3
    assert told[0] == {"id": made[2], "type": "emoji_poke", "title": "Ada", "message": "message 2", "data": {"n": 2}, "is_read": False,
                       "read_at": None, "created_at": "2026-01-01T00:00:02.000000Z"}
    assert len(listed(api, pair.ada)) == 1


def test_pages_of_notifications(api, database, pair):
    made = notes(database, pair.ben, 130)[::-1]
    assert [one["id"] for one in listed(api, pair.ben)] == made[:50]
    assert [one["id"] for one in listed(api, pair.ben, limit=100)] == made[:100]
    seen, page = [], listed(api, pair.ben, limit=40)
    notes(database, pair.ben, 5, first=1000)  # what comes meanwhile moves no page
    while page:
        seen += [one["id"] for one in page]
        page = listed(api, pair.ben, limit=40, before=seen[-1])
    assert seen == made


def test_a_page_before_nothing(api, database, pair):
    other, = notes(database, pair.ada, 1)
    notes(database, pair.ben, 2)
    for odd in [other, *ODD]:
        answer = api.get("/v1/notifications", token=pair.ben.token, query={"before": odd})
        assert (answer.status, answer.detail) == (404, "Notification not found")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", ""])
def test_a_limit_that_is_none(api, pair, limit):
    answer = api.get("/v1/notifications", token=pair.ada.token, query={"limit": limit})
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "limit"]


def test_one_is_read(api, database, pair):
    made = notes(database, pair.ben, 3)
    answer = read(api, pair.ben, made[1])
    assert answer.status == 200 and answer.json()["is_read"] is True and STAMP.match(answer.json()["read_at"])
    assert [one["is_read"] for one in listed(api, pair.ben)] == [False, True, False] and unread(api, pair.ben) == 2
    assert read(api, pair.ben, made[1]).json() == answer.json(), "the first time counts"
    assert listed(api, pair.ben)[1] == answer.json()


def test_only_ones_own_is_read(api, database, pair):
    made, = notes(database, pair.ben, 1)
    for who, one in ((pair.ada, made), (pair.ben, "nothing"), (pair.ben, "x" * 200)):
        answer = read(api, who, one)
        assert (answer.status, answer.detail) == (404, "Notification not found")
    assert read(api, pair.ben, "%00").status == 404 and unread(api, pair.ben) == 1


def test_all_are_read(api, database, pair):
    notes(database, pair.ben, 5)
    notes(database, pair.ada, 2)
    read(api, pair.ben, listed(api, pair.ben)[0]["id"])
    first = listed(api, pair.ben)[0]
    answers = at_once([lambda: api.post("/v1/notifications/read-all", token=pair.ben.token)] * 3)
    assert [answer.status for answer in answers] == [200] * 3 and sum(answer.json()["read"] for answer in answers) == 4
    assert answers[0].json()["ok"] is True
    assert unread(api, pair.ben) == 0 and unread(api, pair.ada) == 2 and listed(api, pair.ben)[0] == first
    assert api.post("/v1/notifications/read-all", token=pair.ben.token).json() == {"ok": True, "read": 0}


def test_unread_ones_are_counted_up_to_a_thousand(api, database, pair):
    notes(database, pair.ben, 1003)
    assert unread(api, pair.ben) == 1000
