"""Relationships of coaching and what to do in them (coaching contract, sections 5.1, 5.2, 9.2, 10.1)."""
import uuid

import pytest

from coaching import account, couple, relate

NOBODY = str(uuid.uuid4())
ODD = ["nothing", "1", "-1", "' or 1=1 --", "a" * 300, "a" * 5000, "%00", "a%00b", "%ff", "%E2%80%AE", "..%2f..", NOBODY, NOBODY.upper() + "x"]


def begin(api, who, kind, members):
    return api.post("/v1/relationships", token=who.token, json={"type": kind, "member_ids": members})


def members_of(api, who, relationship):
    return api.get(f"/v1/relationships/{relationship}/consent", token=who.token).json()["members"]


@pytest.mark.parametrize("kind, shown", [("romantic", "romantic"), ("Couple", "romantic"), ("DATE", "date"), ("family", "family"), ("Friend", "friend"),
                                         ("other", "other"), ("friendship", "other"), ("parent_child", "other"), ("", "other"), ("🫶", "other")])
def test_types_are_taken_without_case_and_shown_by_their_public_names(api, kind, shown):
    ada, ben = account(api), account(api)
    made = begin(api, ada, kind, [ben.id])
    assert made.status == 200 and set(made.json()) == {"id", "type", "status"}
    assert (made.json()["type"], made.json()["status"]) == (shown, "active")
    assert api.get("/v1/relationships", token=ben.token).json() == [made.json()]


def test_a_relationship_with_oneself_alone_is_a_draft(api):
    ada = account(api)
    for members in ([], [ada.id], [ada.id, ada.id]):
        made = begin(api, ada, "friend", members).json()
        assert made["status"] == "draft"
        assert [member["user_id"] for member in members_of(api, ada, made["id"])] == [ada.id]


def test_all_are_members_at_once_and_repeats_count_once(api, server):
    ada, ben, cleo = (account(api) for _ in range(3))
    made = begin(api, ada, "family", [ben.id, cleo.id, ben.id, ada.id]).json()
    rows = server.database().rows(f"select user_id, role, member_status from coaching.relationship_members where relationship_id = '{made['id']}'")
    assert {row["user_id"]: row["role"] for row in rows} == {ada.id: "OWNER", ben.id: "MEMBER", cleo.id: "MEMBER"}
    assert {row["member_status"] for row in rows} == {"ACCEPTED"}
    stored = server.database().one(f"select * from coaching.relationships where id = '{made['id']}'")
    assert (stored["type"], stored["status"], stored["created_by_user_id"]) == ("FAMILY", "ACTIVE", ada.id)


@pytest.mark.parametrize("unknown", [NOBODY, "nothing", "%s", "' or 1=1 --", "x" * 5000])
def test_with_an_unknown_member_nothing_is_written(api, unknown):
    ada, ben = account(api), account(api)
    answer = begin(api, ada, "romantic", [ben.id, unknown, "another"])
    assert (answer.status, answer.detail) == (404, f"User with id {unknown} not found")
    assert api.get("/v1/relationships", token=ada.token).json() == api.get("/v1/relationships", token=ben.token).json() == []


@pytest.mark.parametrize("body, field", [
    ({"member_ids": []}, "type"), ({"type": "romantic"}, "member_ids"), ({"rel_type": "romantic", "member_ids": []}, "type"),
    ({"type": 5, "member_ids": []}, "type"), ({"type": None, "member_ids": []}, "type"), ({"type": "a\0", "member_ids": []}, "type"),
    ({"type": "romantic", "member_ids": None}, "member_ids"), ({"type": "romantic", "member_ids": "x"}, "member_ids"),
    ({"type": "romantic", "member_ids": [5]}, "member_ids"), ({"type": "romantic", "member_ids": ["a\0"]}, "member_ids"),
    ({"type": "romantic", "member_ids": [None]}, "member_ids"),
])
def test_what_is_wrong_is_listed(api, body, field):
    answer = api.post("/v1/relationships", token=account(api).token, json=body)
    assert answer.status == 422
    fault, = answer.detail
    assert fault["loc"][:2] == ["body", field] and fault["msg"] and fault["type"]


def test_they_are_listed_in_the_order_in_which_they_were_made_and_nobody_elses(api):
    ada, ben, eve = (account(api) for _ in range(3))
    made = [relate(api, who, other) for who, other in [(ada, ben), (ben, ada), (ada, eve), (ada, ben)]]
    assert [one["id"] for one in api.get("/v1/relationships", token=ada.token).json()] == made
    assert [one["id"] for one in api.get("/v1/relationships", token=eve.token).json()] == made[2:3]
    assert api.get("/v1/relationships").status == 401


# ---- the end of one ----

def test_a_member_ends_a_relationship_with_all_that_hangs_on_it(api, server):
    two, other = couple(api), couple(api)
    server.database().script([
        f"insert into coaching.sessions (id, relationship_id) values ('s-{two.id}', '{two.id}');",
        f"insert into coaching.session_participants values ('s-{two.id}', '{two.ada.id}');",
        f"insert into coaching.poke_events (relationship_id, sender_id, receiver_id, type) values ('{two.id}', '{two.ada.id}', '{two.ben.id}', 'love');",
        f"insert into coaching.relationship_consents (relationship_id, user_id, scopes, status) values ('{two.id}', '{two.ada.id}', '[]', 'ACTIVE');",
        f"insert into coaching.relationship_invites (relationship_id, inviter_user_id, invitee_email, token_hash, expires_at)"
        f" values ('{two.id}', '{two.ada.id}', 'x@example.org', 'h-{two.id}', now());"])
    assert api.delete(f"/v1/relationships/{two.id}", token=other.ada.token).status == 403
    answer = api.delete(f"/v1/relationships/{two.id}", token=two.ben.token)
    assert (answer.status, answer.json()) == (200, {"ok": True})
    assert api.get("/v1/relationships", token=two.ada.token).json() == []
    for table in ("relationship_members", "sessions", "poke_events", "relationship_consents", "relationship_invites"):
        assert server.database().rows(f"select 1 from coaching.{table} where relationship_id = '{two.id}'") == []
    assert api.delete(f"/v1/relationships/{two.id}", token=two.ben.token).status == 404
    assert api.get(f"/v1/relationships/{other.id}/consent", token=other.ada.token).status == 200


# ---- what to do together ----

def test_members_are_told_what_they_could_do_together(api):
    two, eve = couple(api), account(api)
    for path in ("/v1/activities/suggestions", "/v1/coach/activities/suggestions"):
        answers = [api.get(path, token=who.token, query={"rid": two.id, "debug": True}) for who in (two.ada, two.ben)]
        told = answers[0].json()
        assert answers[0].status == 200 and answers[1].json() == told
        assert [one["title"] for one in told] == ["Daily Check-in", "Gratitude Exercise", "Active Listening Practice", "Conflict Resolution Workshop",
                                                  "Shared Goal Setting"]
        assert len({one["id"] for one in told}) == len(told)
        assert all(isinstance(one[name], str) and one[name] for one in told for name in ("id", "title", "description"))
        for who, rid in ((eve, two.id), (two.ada, "nothing"), (two.ada, NOBODY), (two.ada, "x" * 3000)):
            answer = api.get(path, token=who.token, query={"rid": rid})
            assert (answer.status, answer.detail) == (403, "Not a member of this relationship")
        answer = api.get(path, token=two.ada.token)
        assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "rid"]
        assert api.get(path, query={"rid": two.id}).status == 401
        assert api.get(path + "?rid=a%00b", token=two.ada.token).status == 403


# ---- ids ----

@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("method, path", [("GET", "/v1/relationships/{}/consent"), ("GET", "/v1/relationships/{}/consent/templates"),
                                          ("PUT", "/v1/relationships/{}/consent/me"), ("DELETE", "/v1/relationships/{}"), ("GET", "/v1/users/{}")])
def test_odd_ids_are_not_found(api, eve, method, path, odd):
    more = {"json": {"scopes": []}} if method == "PUT" else {}
    answer = api.call(method, path.format(odd.replace(" ", "%20")), token=eve.token, **more)
    assert answer.status == 404 and isinstance(answer.detail, str)
    assert api.call(method, path.format(odd.replace(" ", "%20")), **more).status == 401


@pytest.fixture(scope="module")
def eve(shared):
    return account(shared.api)
