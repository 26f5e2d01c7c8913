"""Invitations to relationships of coaching: links, mail, who comes in by one (coaching contract, section 9)."""
import hashlib
import re
from datetime import datetime, timedelta

import pytest

from client import wait_until
from coaching import account, at_once, couple, invite, login, new_email, relate, sign_up, token_of

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
TOKEN = re.compile(r"^[A-Za-z0-9_-]{43}$")
NOT_A_MEMBER, INVALID = "User is not a member of this relationship", "Invalid or expired invitation token"
ODD = ["nothing", "-1", "1'or'1'='1", "x" * 200, "%00", "%ff", "a%2fb"]


@pytest.fixture(scope="module")
def pair(shared):
    return couple(shared.api)


@pytest.fixture(scope="module")
def stranger(shared):
    return account(shared.api, display_name="Eve")


@pytest.fixture
def database(server):
    return server.database()


def invited(api, who, relationship, email=None, **more):
    made = invite(api, who, relationship, email, **more)
    assert made.status == 200, made
    return made.json()


def invites(api, who, relationship):
    answer = api.get(f"/v1/relationships/{relationship}/invites", token=who.token)
    assert answer.status == 200, answer
    return answer.json()


def link(api, who, relationship, one, **more):
    return api.get(f"/v1/relationships/{relationship}/invites/{one}/link", token=who.token, **more)


def validate(api, token):
    return api.get("/v1/relationships/invites/validate", query={"token": token})


def row(database, one):
    return database.one(f"select * from coaching.relationship_invites where id = '{one}'")


def place(database, relationship, who):
    rows = database.rows(f"select * from coaching.relationship_members where relationship_id = '{relationship}' and user_id = '{who.id}'")
    return (rows[0]["role"], rows[0]["member_status"]) if rows else None


def is_week_ahead(stamp):
    ahead = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ") - datetime.utcnow()
    return timedelta(days=6, hours=23) < ahead <= timedelta(days=7, minutes=1)


# ---- 9.1 ----

def test_an_invitation(api, database, pair):
    email = new_email("ben")
    made = invited(api, pair.ada, pair.id, f" {email} ", role="partner", message="Shall we? \U0001f468‍\U0001f469‍\U0001f467")
    assert set(made) == {"invite_id", "status", "expires_at", "invite_url"} and made["status"] == "SENT"
    assert STAMP.match(made["expires_at"]) and is_week_ahead(made["expires_at"])
    assert made["invite_url"].startswith("http://localhost:3000/signup?token=") and TOKEN.match(token_of(made["invite_url"]))
    stored = row(database, made["invite_id"])
    assert stored["token_hash"] == hashlib.sha256(token_of(made["invite_url"]).encode()).hexdigest()
    assert token_of(made["invite_url"]) not in repr(stored), "the token is stored nowhere"
    assert (stored["relationship_id"], stored["inviter_user_id"], stored["invitee_email"], stored["invitee_user_id"], stored["invitee_role"],
            stored["status"], stored["message"]) == (pair.id, pair.ada.id, email, None, "PARTNER", "SENT",
                                                     "Shall we? \U0001f468‍\U0001f469‍\U0001f467")
    assert stored["sent_at"] and not stored["accepted_at"]


def test_its_mail_is_on_the_way_and_holds_no_token(server, api, database, pair):
    made = invited(api, pair.ben, pair.id)
    told = [one["payload"] for one in database.rows("select payload from outbox.messages where kind = 'mail'")
            if one["payload"]["invite"] == made["invite_id"]]
    assert told in ([], [{"invite": made["invite_id"], "generation": 1, "base": "http://localhost:3000"}])  # [] once it is delivered
    assert token_of(made["invite_url"]) not in database.text("select coalesce(string_agg(payload::text, ''), '') from outbox.messages")


@pytest.mark.parametrize("role, kept", [("PARTNER", "PARTNER"), ("child", "CHILD"), ("Friend", "FRIEND"), ("family", "FAMILY"), ("OTHER", "OTHER"),
                                        ("boss", None), ("", None), (None, None), ("x" * 1000, None)])
def test_roles(api, pair, role, kept):
    made = invited(api, pair.ada, pair.id, role=role)
    assert [one["role"] for one in invites(api, pair.ada, pair.id) if one["invite_id"] == made["invite_id"]] == [kept]


@pytest.mark.parametrize("body, field", [
    ({}, "email"), ({"email": None}, "email"), ({"email": 5}, "email"), ({"email": ""}, "email"), ({"email": "ben"}, "email"),
    ({"email": "ben@localhost"}, "email"), ({"email": "a@b@c.org"}, "email"), ({"email": "x" * 65 + "@example.org"}, "email"),
    ({"email": "ben@example.org\0"}, "email"), ({"email": "b@example.org", "role": 5}, "role"), ({"email": "b@example.org", "message": 5}, "message"),
    ({"email": "b@example.org", "message": "NUL\0"}, "message"), ({"email": "b@example.org", "message": "x" * 4001}, "message"),
])
def test_what_is_wrong_with_an_invitation_is_listed(api, pair, body, field):
    answer = api.post(f"/v1/relationships/{pair.id}/invites", token=pair.ada.token, json=body)
    assert answer.status == 422 and [fault["loc"] for fault in answer.detail] == [["body", field]]


def test_only_members_invite(api, database, pair, stranger):
    before = database.one("select count(*) from coaching.relationship_invites")
    for who, relationship in ((stranger, pair.id), (pair.ada, "nothing"), (pair.ada, "5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11"), (pair.ada, "x" * 200)):
        answer = invite(api, who, relationship)
        assert (answer.status, answer.detail) == (403, NOT_A_MEMBER)
    assert database.one("select count(*) from coaching.relationship_invites") == before
    assert api.post(f"/v1/relationships/{pair.id}/invites", json={}).status == 401, "who is calling comes first"
    assert api.post("/v1/relationships/nothing/invites", token=stranger.token, json={}).status == 422, "then what is wrong"


def test_whoever_is_known_has_a_place_at_once(api, database):
    pair, eve = couple(api), account(api)
    invited(api, pair.ada, pair.id, eve.email.upper().replace("EXAMPLE", "example"))
    assert place(database, pair.id, eve) == ("MEMBER", "INVITED")
    assert [one["id"] for one in api.get("/v1/relationships", token=eve.token).json()] == [pair.id]
    invited(api, pair.ben, pair.id, eve.email)
    assert place(database, pair.id, eve) == ("MEMBER", "INVITED"), "invited twice"
    invited(api, pair.ada, pair.id, pair.ben.email)
    assert place(database, pair.id, pair.ben) == ("MEMBER", "ACCEPTED"), "a member stays one"
    invited(api, pair.ada, pair.id, pair.ada.email)
    assert place(database, pair.id, pair.ada) == ("OWNER", "ACCEPTED")


@pytest.mark.parametrize("status", ["DECLINED", "REMOVED"])
def test_whose_place_no_longer_counts_is_invited_anew(api, database, status):
    pair = couple(api)
    database.text(f"update coaching.relationship_members set member_status = '{status}' where user_id = '{pair.ben.id}'")
    assert invite(api, pair.ben, pair.id).status == 403
    invited(api, pair.ada, pair.id, pair.ben.email)
    assert place(database, pair.id, pair.ben) == ("MEMBER", "INVITED")


def test_invited_by_many_at_once(api, database):
    pair, eve = couple(api), account(api)
    answers = at_once([lambda who=who: invite(api, who, pair.id, eve.email) for who in (pair.ada, pair.ben) * 4])
    assert [answer.status for answer in answers] == [200] * 8
    assert len({token_of(answer.json()["invite_url"]) for answer in answers}) == 8
    assert place(database, pair.id, eve) == ("MEMBER", "INVITED") and len(invites(api, eve, pair.id)) == 8


def test_a_day_has_so_many_invitations(api, database):
    pair = couple(api)
    database.text("insert into coaching.relationship_invites (relationship_id, inviter_user_id, invitee_email, token_hash, expires_at) "
                  f"select '{pair.id}', '{pair.ada.id}', 'x@example.org', '{pair.id}' || n, now() from generate_series(1, 200) n")
    answer = invite(api, pair.ada, pair.id)
    assert (answer.status, answer.detail) == (429, "Too many invitations, try again later")
    assert invite(api, pair.ben, pair.id).status == 200
    database.text(f"update coaching.relationship_invites set created_at = created_at - interval '1 day' where inviter_user_id = '{pair.ada.id}'")
    assert invite(api, pair.ada, pair.id).status == 200


@pytest.mark.parametrize("sent, base", [
    ("http://192.168.1.20:3000", "http://192.168.1.20:3000"), ("http://192.168.1.20:3000/deep/path?x=1#y", "http://192.168.1.20:3000"),
    ("HTTP://LocalHost:8081/", "http://localhost:8081"), ("https://localhost", "https://localhost"), ("http://localhost:3000", "http://localhost:3000"),
    ("http://127.0.0.1", "http://127.0.0.1"), ("", None), ("nonsense", None), ("capacitor://localhost", None), ("javascript:alert(1)", None),
    ("https://evil.example", None), ("http://localhost.evil.example:3000", None), ("http://192.168.1.20.evil.example:3000", None),
    ("http://user@localhost:3000", None), ("http://localhost@evil.example", None), ("http://localhost:3000,http://evil.example", None), ("*", None),
    ("http://*", None), ("http://10.0.0.5:3000", None), ("http://localhost:3000/" + "x" * 2048, None), ("http://localhost\\@evil.example", None),
])
def test_where_links_lead(api, database, pair, sent, base):
    made = invited(api, pair.ada, pair.id, headers={"X-App-Base-URL": sent})
    assert made["invite_url"].split("/signup?")[0] == (base or "http://localhost:3000")
    fresh = link(api, pair.ada, pair.id, made["invite_id"], headers={"x-app-base-url": sent}).json()
    assert fresh["invite_url"].split("/signup?")[0] == (base or "http://localhost:3000")


def test_where_the_app_is(start_server):
    """With an address of its own, under a prefix, and origins that let in everybody: nobody else's header is believed."""
    own = start_server(environment={"APP_PUBLIC_URL": "https://app.example/coach/", "CORS_ORIGINS": "*"})
    ada = account(own.api)
    mine = relate(own.api, ada)
    for sent, base in ((None, "https://app.example/coach"), ("https://evil.example", "https://app.example/coach"),
                       ("https://app.example:443/x", "https://app.example")):
        made = invited(own.api, ada, mine, headers={"X-App-Base-URL": sent} if sent else None)
        assert made["invite_url"].startswith(f"{base}/signup?token=")


# ---- 9.2 ----

def test_the_list(api, database):
    pair = couple(api)
    assert invites(api, pair.ada, pair.id) == []
    email = new_email("eve")
    made = [invited(api, who, pair.id, address, role="CHILD") for who, address in ((pair.ada, email), (pair.ben, email))]
    told = invites(api, pair.ben, pair.id)
    assert [one["invite_id"] for one in told] == [made[1]["invite_id"], made[0]["invite_id"]], "newest first"
    assert [one["inviter_user_id"] for one in told] == [pair.ben.id, pair.ada.id]
    for one, of in zip(told, made[::-1]):
        assert set(one) == {"invite_id", "email", "role", "status", "expires_at", "created_at", "inviter_user_id"}
        assert (one["email"], one["role"], one["status"], one["expires_at"]) == (email, "CHILD", "SENT", of["expires_at"])
        assert STAMP.match(one["created_at"])
    for status in ("CREATED", "OPENED", "ACCEPTED", "DECLINED", "CANCELED", "EXPIRED"):
        database.text(f"update coaching.relationship_invites set status = '{status}' where id = '{made[0]['invite_id']}'")
        assert invites(api, pair.ada, pair.id)[1]["status"] == status
    database.text(f"update coaching.relationship_invites set expires_at = now() where id = '{made[1]['invite_id']}'")
    assert invites(api, pair.ada, pair.id)[0]["status"] == "EXPIRED"


def test_the_list_is_for_members(api, pair, stranger):
    for who, relationship in ((stranger, pair.id), (pair.ada, "nothing"), (pair.ada, "invites")):
        answer = api.get(f"/v1/relationships/{relationship}/invites", token=who.token)
        assert (answer.status, answer.detail) == (403, NOT_A_MEMBER)


def test_a_fresh_link_kills_the_one_before(api, database, pair):
    made = invited(api, pair.ada, pair.id)
    database.text(f"update coaching.relationship_invites set expires_at = now() at time zone 'utc' + interval '1 hour' where id = '{made['invite_id']}'")
    tokens = [token_of(made["invite_url"])]
    for who in (pair.ben, pair.ada, pair.ben, pair.ben):
        answer = link(api, who, pair.id, made["invite_id"])
        assert answer.status == 200 and set(answer.json()) == {"invite_url"} and TOKEN.match(token_of(answer.json()["invite_url"]))
        tokens.append(token_of(answer.json()["invite_url"]))
        assert is_week_ahead(validate(api, tokens[-1]).json()["expires_at"])
    assert len(set(tokens)) == 5 and [validate(api, token).status for token in tokens] == [404] * 4 + [200]
    assert row(database, made["invite_id"])["generation"] == 5


def test_fresh_links_for_many_at_once(api, pair):
    """Each is another one, and the last that was made counts."""
    made = invited(api, pair.ada, pair.id)
    answers = at_once([lambda who=who: link(api, who, pair.id, made["invite_id"]) for who in (pair.ada, pair.ben) * 2])
    tokens = [token_of(answer.json()["invite_url"]) for answer in answers]
    assert len(set(tokens)) == 4 and sorted(validate(api, token).status for token in tokens) == [200, 404, 404, 404]


def test_a_link_for_nobody(api, pair, stranger):
    made, other = invited(api, pair.ada, pair.id), couple(api)
    for odd in ODD:
        answer = link(api, pair.ada, pair.id, odd)
        assert answer.status == 404 and (answer.detail == "Invite not found" or "%" in odd), odd
    assert link(api, other.ada, other.id, made["invite_id"]).detail == "Invite not found", "of another relationship"
    for one in (made["invite_id"], "nothing"):
        assert (link(api, stranger, pair.id, one).status, link(api, stranger, pair.id, one).detail) == (403, NOT_A_MEMBER)
    assert validate(api, token_of(made["invite_url"])).status == 200, "what is refused has renewed nothing"


@pytest.mark.parametrize("status", ["ACCEPTED", "DECLINED", "CANCELED", "EXPIRED", "late"])
def test_an_invitation_that_is_over(api, database, pair, status):
    made = invited(api, pair.ada, pair.id)
    change = "expires_at = now() at time zone 'utc'" if status == "late" else f"status = '{status}'"
    database.text(f"update coaching.relationship_invites set {change} where id = '{made['invite_id']}'")
    answer = link(api, pair.ada, pair.id, made["invite_id"])
    assert (answer.status, answer.detail) == (400, "Invite is no longer pending")
    answer = validate(api, token_of(made["invite_url"]))
    assert (answer.status, answer.detail) == (404, INVALID)


@pytest.mark.parametrize("kind, shown", [("romantic", "Partner"), ("date", "Date"), ("family", "Family"), ("friend", "Friend"), ("colleague", "Other")])
def test_what_an_invitation_says(api, kind, shown):
    pair, email = couple(api, kind=kind), new_email("eve")
    made = invited(api, pair.ben, pair.id, email)
    answer = validate(api, token_of(made["invite_url"]))
    assert answer.status == 200 and answer.json() == {"email": email, "valid": True, "expires_at": made["expires_at"], "relationship_type": shown,
                                                      "inviter_name": "Ben"}


@pytest.mark.parametrize("name", [None, "", "  "])
def test_who_invites_is_called_by_their_address_if_they_have_no_name(api, name):
    ada = account(api, display_name=name)
    made = invited(api, ada, relate(api, ada))
    assert validate(api, token_of(made["invite_url"])).json()["inviter_name"] == ada.email


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 3000, "'", "\U0001f600"])
def test_a_token_that_is_none(api, token):
    answer = validate(api, token)
    assert (answer.status, answer.detail) == (404, INVALID)


def test_a_token_is_asked_for_and_nobody_signs_in_for_it(api, pair):
    answer = api.get("/v1/relationships/invites/validate")
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "token"]
    made = invited(api, pair.ada, pair.id)
    assert api.get("/v1/relationships/invites/validate", token="a.b.c", query={"token": token_of(made["invite_url"])}).status == 200
    assert api.get(f"/v1/relationships/invites/validate?token={row_digest(made)}").status == 404, "what is stored is no token"


def row_digest(made):
    return hashlib.sha256(token_of(made["invite_url"]).encode()).hexdigest()


# ---- 9.4 ----

def joined(api, database, email, made, **more):
    """Signs up with an invitation's token; the new one's place."""
    answer = sign_up(api, email=email, invite_token=token_of(made["invite_url"]), **more)
    assert answer.status == 200 and set(answer.json()) == {"access_token", "refresh_token"}, answer
    me = api.get("/v1/users/me", token=answer.json()["access_token"]).json()
    relationship = row(database, made["invite_id"])["relationship_id"]
    rows = database.rows(f"select role, member_status from coaching.relationship_members where relationship_id = '{relationship}' and user_id = '{me['id']}'")
    return me, (rows[0]["role"], rows[0]["member_status"]) if rows else None


def test_signing_up_by_an_invitation(api, database):
    ada, email = account(api), new_email("Ben")
    mine = relate(api, ada)
    made, other = invited(api, ada, mine, email), invited(api, ada, mine, email.lower())
    me, where = joined(api, database, email.upper().replace("EXAMPLE", "example"), made)
    assert where == ("MEMBER", "ACCEPTED")
    stored = row(database, made["invite_id"])
    assert (stored["status"], stored["invitee_user_id"]) == ("ACCEPTED", me["id"]) and stored["accepted_at"]
    assert row(database, other["invite_id"])["status"] == "CANCELED", "what else was sent there is spent"
    assert api.get("/v1/relationships", token=login(api, email).json()["access_token"]).json() == [{"id": mine, "type": "romantic", "status": "draft"}]
    assert validate(api, token_of(made["invite_url"])).status == 404
    assert [one["status"] for one in invites(api, ada, mine)] == ["CANCELED", "ACCEPTED"]


def test_somebody_else_does_not_come_in_by_it(api, database):
    ada = account(api)
    made = invited(api, ada, relate(api, ada))
    assert joined(api, database, new_email("eve"), made)[1] is None
    assert row(database, made["invite_id"])["status"] == "SENT" and validate(api, token_of(made["invite_url"])).status == 200


@pytest.mark.parametrize("change", ["status = 'DECLINED'", "status = 'CANCELED'", "status = 'ACCEPTED'", "status = 'EXPIRED'",
                                    "expires_at = now() at time zone 'utc'", "token_hash = id"])
def test_what_is_over_lets_nobody_in(api, database, change):
    ada, email = account(api), new_email("ben")
    made = invited(api, ada, relate(api, ada), email)
    database.text(f"update coaching.relationship_invites set {change} where id = '{made['invite_id']}'")
    before = row(database, made["invite_id"])
    assert joined(api, database, email, made)[1] is None and row(database, made["invite_id"]) == before


@pytest.mark.parametrize("status", ["CREATED", "OPENED"])
def test_what_is_pending_lets_in(api, database, status):
    ada, email = account(api), new_email("ben")
    made = invited(api, ada, relate(api, ada), email)
    database.text(f"update coaching.relationship_invites set status = '{status}' where id = '{made['invite_id']}'")
    assert joined(api, database, email, made)[1] == ("MEMBER", "ACCEPTED")


@pytest.mark.parametrize("token", ["", "x", "x" * 43, None])
def test_a_token_that_is_none_is_ignored(api, token):
    assert sign_up(api, invite_token=token).status == 200


def test_signing_up_twice_by_one_invitation(api, database):
    ada, email = account(api), new_email("ben")
    made = invited(api, ada, relate(api, ada), email)
    answers = at_once([lambda: sign_up(api, email=email, invite_token=token_of(made["invite_url"]))] * 3)
    assert sorted(answer.status for answer in answers) == [200, 400, 400]
    assert row(database, made["invite_id"])["status"] == "ACCEPTED"
    assert len(database.rows(f"select 1 from coaching.relationship_members where relationship_id = '{row(database, made['invite_id'])['relationship_id']}'")) == 2


def test_tokens_stand_in_no_log(start_server):
    own = start_server()
    ada, email = account(own.api), new_email("ben")
    mine = relate(own.api, ada)
    made = invited(own.api, ada, mine, email)
    fresh = token_of(link(own.api, ada, mine, made["invite_id"]).json()["invite_url"])
    assert validate(own.api, fresh).status == 200 and sign_up(own.api, invite_token=fresh).status == 200
    own.stop()
    assert fresh not in own.stderr()
