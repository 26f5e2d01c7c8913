"""Every endpoint of coaching for every sort of caller, and what no answer holds (coaching contract, sections 1, 12 and 18). The endpoints are those
of the document, so that a new one is missing here until it has been thought of."""
import hashlib
import itertools
import json

import pytest

from coaching import account, bearer, couple, invite, new_email, relate, session, token_of

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
SAMPLE, EMBEDDING = "QURBUy1WT0lDRS1TQU1QTEU=", 0.123456789

RID, SID = "/v1/relationships/{relationship_id}", "{sid}"

# Nobody signs in for these.
OPEN = {"POST /v1/auth/signup", "POST /v1/auth/login", "POST /v1/auth/refresh", "GET /health", "GET /v1/health",
        "GET /v1/relationships/invites/validate"}
# Everybody's own: what they name is the caller's.
OWN = {"GET /v1/users/me", "PATCH /v1/users/me", "POST /v1/contacts/lookup", "GET /v1/onboarding/status", "POST /v1/onboarding/complete",
       "POST /v1/devices/push-token", "POST /v1/relationships", "GET /v1/relationships", "GET /v1/history/sessions", "GET /v1/notifications",
       "GET /v1/notifications/unread-count", "POST /v1/notifications/read-all", "POST /v1/voice/enrollment/start", "POST /v1/voice/identify",
       "DELETE /v1/voice/profile"}
# For members of the relationship that they name, and what others are told.
NOT_A_MEMBER = "User is not a member of this relationship"
MEMBERS = {f"DELETE {RID}": NOT_A_MEMBER, f"PUT {RID}/consent/{{user_id}}": NOT_A_MEMBER, f"GET {RID}/consent": NOT_A_MEMBER,
           f"GET {RID}/consent/templates": NOT_A_MEMBER, f"POST {RID}/invites": NOT_A_MEMBER, f"GET {RID}/invites": NOT_A_MEMBER,
           f"GET {RID}/invites/{{invite_id}}/link": NOT_A_MEMBER, "POST /v1/sessions": NOT_A_MEMBER, "POST /v1/coach/sessions": NOT_A_MEMBER,
           "GET /v1/activities/suggestions": "Not a member of this relationship",
           "GET /v1/coach/activities/suggestions": "Not a member of this relationship",
           "GET /v1/pokes": NOT_A_MEMBER, "GET /v1/interaction/pokes": NOT_A_MEMBER,
           "POST /v1/pokes": "Sender is not a member of this relationship", "POST /v1/interaction/pokes": "Sender is not a member of this relationship",
           "GET /v1/users/{user_id}": "Not authorized"}
# For those who take part in the session.
PARTICIPANTS = {"POST /v1/sessions/{sid}/finalize", "POST /v1/coach/sessions/{sid}/finalize", "GET /v1/sessions/{sid}/report",
                "GET /v1/coach/sessions/{sid}/report"}
# Of one person; what others are told.
ONES = {"POST /v1/notifications/{notification_id}/read": (404, "Notification not found"),
        "PUT /v1/voice/enrollment/{enrollment_id}/audio": (403, "Enrollment does not belong to user"),
        "POST /v1/voice/enrollment/{enrollment_id}/complete": (403, "Enrollment does not belong to user")}
# Whom they let in is told by their handshake, before it or as the reason of their end (test_coaching_hostile.py).
SOCKETS = {"GET /v1/sessions/{sid}/ws", "GET /v1/interaction/sessions/{sid}/ws", "GET /v1/interaction/notifications"}
MATRIX = OPEN | OWN | set(MEMBERS) | PARTICIPANTS | set(ONES) | SOCKETS


@pytest.fixture(scope="module")
def endpoints(shared):
    """"METHOD path" of all that are the area's."""
    paths = shared.api.get("/m/coaching/openapi.json").json()["paths"]
    return sorted(f"{method.upper()} {path}" for path, methods in paths.items() for method, told in methods.items() if "coaching" in told["tags"])


class House:
    """Ada, who takes part; Cat, a member who does not; Dan, who no longer is one; Eve, a stranger; Fay, whose account is gone; Gus, whose account
    is not active. Calls with values that are good."""

    def __init__(self, server):
        self.api, self.database = server.api, server.database()
        self.ada, self.cat, self.dan, self.eve, self.fay, self.gus = (account(self.api, display_name=name) for name in "Ada Cat Dan Eve Fay Gus".split())
        self.relationship = relate(self.api, self.ada, self.cat, self.dan, self.fay, self.gus, kind="family")
        self.numbers = itertools.count(1)
        self.database.script([
            f"insert into coaching.voice_profiles (user_id, quality_score, voice_sample_base64, voice_embedding_json) "
            f"values ('{self.ada.id}', 0.9, '{SAMPLE}', '[{EMBEDDING}]');",
            f"update coaching.relationship_members set member_status = 'REMOVED' where user_id = '{self.dan.id}';",
            f"update coaching.users set is_active = false where id = '{self.gus.id}';",
            f"delete from coaching.users where id = '{self.fay.id}';"])

    def notification(self, whose):
        return self.database.text("insert into coaching.notifications (user_id, seq, type, title, message, created_at) "
                                  f"values ('{whose.id}', {10000 + next(self.numbers)}, 't', 't', 'm', now()) returning id")

    def enrollment(self, whose):
        return self.database.text(f"insert into coaching.voice_enrollments (user_id) values ('{whose.id}') returning id")

    def ids(self, path, who):
        """What a path names: all of it is Ada's, or of the relationship; the consent is the caller's own."""
        made = {"relationship_id": self.relationship, "user_id": self.ada.id}
        if path.endswith("/consent/{user_id}"):
            made["user_id"] = who.id if who else "me"
        if "{sid}" in path:
            made["sid"] = session(self.api, self.ada, self.relationship)
        if "{invite_id}" in path:
            made["invite_id"] = invite(self.api, self.ada, self.relationship).json()["invite_id"]
        if "{notification_id}" in path:
            made["notification_id"] = self.notification(self.ada)
        if "{enrollment_id}" in path:
            made["enrollment_id"] = self.enrollment(self.ada)
        return made

    def values(self, name):
        method, path = name.split(" ")
        bodies = {"POST /v1/relationships": {"type": "friend", "member_ids": []}, f"PUT {RID}/consent/{{user_id}}": {"scopes": ["SUMMARY_SHARED"]},
                  f"POST {RID}/invites": {"email": new_email("new")}, "PATCH /v1/users/me": {"pronouns": "they"},
                  "POST /v1/contacts/lookup": {"email": new_email("none")}, "POST /v1/onboarding/complete": {},
                  "POST /v1/devices/push-token": {"token": "x" * 100, "device_token": "x" * 100, "platform": "web"}}
        if path.endswith("/sessions") and method == "POST":
            return {"json": {"relationship_id": self.relationship}}
        if path.endswith("/pokes") and method == "POST":
            return {"json": {"relationship_id": self.relationship, "receiver_id": self.cat.id, "type": "love"}}
        if path.endswith(("/pokes", "/suggestions")):
            return {"query": {"rid": self.relationship}}
        if "/voice/" in path and (path.endswith("/audio") or path.endswith("/identify")):
            return {"parts": {"candidate_user_ids": self.cat.id}}
        return {"json": bodies[name]} if name in bodies else {}

    def call(self, name, who):
        method, path = name.split(" ")
        more = self.values(name)
        headers = {**(bearer(who.token) if who else {}), **(UPGRADE if name in SOCKETS else {})}
        return self.api.call(method, path.format(**self.ids(path, who)), headers=headers, **more)


@pytest.fixture(scope="module")
def house(shared):
    return House(shared)


def those(endpoints, rows):
    return [name for name in endpoints if name in rows]


def lets_in(answer):
    """Nobody is refused; what they sent may be no sound."""
    return answer.status < 500 and answer.status not in (401, 403)


def test_every_endpoint_has_its_place_in_the_matrix(endpoints):
    assert len(endpoints) > 15 and [name for name in endpoints if name not in MATRIX] == []
    assert len(MATRIX) == sum(map(len, (OPEN, OWN, MEMBERS, PARTICIPANTS, ONES, SOCKETS))), "in one place"


def test_without_a_token(house, endpoints):
    for name in those(endpoints, MATRIX - OPEN - SOCKETS):
        answer = house.call(name, None)
        assert (answer.status, answer.detail, answer.header("WWW-Authenticate")) == (401, "Not authenticated", "Bearer"), name


@pytest.mark.parametrize("whose", ["fay", "gus"])
def test_accounts_that_are_gone_or_not_active(house, endpoints, whose):
    for name in those(endpoints, MATRIX - OPEN - SOCKETS):
        answer = house.call(name, getattr(house, whose))
        assert (answer.status, answer.detail, answer.header("WWW-Authenticate")) == (401, "Could not validate credentials", "Bearer"), name


def test_a_refresh_token_is_no_access_token(house, endpoints):
    for name in those(endpoints, MATRIX - OPEN - SOCKETS):
        assert house.call(name, house.ada._replace(token=house.ada.refresh)).status == 401, name


def test_open_endpoints_need_nobody(house, endpoints):
    for name in those(endpoints, OPEN):
        assert house.call(name, None).status in (200, 422), name


def test_what_is_everybodys_own(house, endpoints):
    for name in those(endpoints, OWN):
        for who in (house.eve, house.dan, house.cat, house.ada):
            if name == "DELETE /v1/voice/profile" and who is house.ada:
                continue  # it is needed here
            assert lets_in(house.call(name, who)), (name, who.name)


def test_what_is_for_members(house, endpoints):
    for name in those(endpoints, MEMBERS):
        for who in (house.eve, house.dan):
            answer = house.call(name, who)
            assert (answer.status, answer.detail) == (403, MEMBERS[name]), (name, who.name)
    for name in those(endpoints, set(MEMBERS) - {f"DELETE {RID}"}):
        for who in (house.cat, house.ada):
            assert house.call(name, who).status == 200, (name, who.name)


def test_a_relationship_is_ended_by_its_members_only(server, house, endpoints):
    if f"DELETE {RID}" in endpoints:
        assert house.call(f"DELETE {RID}", house.eve).status == 403
        assert house.api.get("/v1/relationships", token=house.cat.token).json()[0]["id"] == house.relationship
        pair = couple(server.api)
        assert server.api.delete(f"/v1/relationships/{pair.id}", token=pair.ben.token).status == 200


def test_what_is_for_those_who_take_part(house, endpoints):
    for name in those(endpoints, PARTICIPANTS):
        for who in (house.eve, house.dan, house.cat):
            answer = house.call(name, who)
            assert (answer.status, answer.detail) == (403, "Not authorized"), (name, who.name)
        assert house.call(name, house.ada).status == 200, name


def test_what_is_of_one_person(house, endpoints):
    for name in those(endpoints, ONES):
        for who in (house.eve, house.dan, house.cat):
            if "/audio" in name:
                continue  # without a file nothing is asked; test_coaching_voice.py has it
            answer = house.call(name, who)
            assert (answer.status, answer.detail) == ONES[name], (name, who.name)
        assert lets_in(house.call(name, house.ada)), name


def test_sockets_of_strangers_say_nothing(house, endpoints):
    for name in those(endpoints, {name for name in SOCKETS if "{sid}" in name}):
        for who in (None, house.eve, house.dan, house.cat, house.fay, house.gus):
            assert house.call(name, who).status in (401, 403), (name, who)


def test_what_is_refused_has_changed_nothing(house, endpoints):
    """The tables look as before, however many have tried."""
    tables = ["relationships", "relationship_members", "relationship_consents", "poke_events"]

    def look():
        return [house.database.rows(f"select * from coaching.{table} order by 1, 2") for table in tables]

    before, mine = look(), f"select count(*) from coaching.sessions where created_by_user_id <> '{house.ada.id}'"
    made = house.database.one(mine)
    for name in those(endpoints, set(MEMBERS) | PARTICIPANTS | set(ONES)):
        for who in (None, house.eve, house.dan, house.fay, house.gus):
            house.call(name, who)
    assert look() == before and house.database.one(mine) == made


def test_no_answer_holds_a_secret(house, endpoints):
    """By every endpoint, for each sort of caller: neither hashes nor tokens of others, nor another's voice; and its owner does see it."""
    linked = token_of(invite(house.api, house.ada, house.relationship).json()["invite_url"])
    secrets = {"$2b$", "password_hash", "token_hash", linked, hashlib.sha256(linked.encode()).hexdigest(), house.ada.token, house.ada.refresh,
               str(EMBEDDING), "voice_embedding"}
    seen = set()
    for name in those(endpoints, MATRIX - SOCKETS - {f"DELETE {RID}", "DELETE /v1/voice/profile"}):
        for who in (None, house.eve, house.dan, house.cat, house.ada):
            told = house.call(name, who).body.decode()
            assert not [secret for secret in secrets if secret in told], (name, who and who.name)
            if SAMPLE in told:
                assert who is house.ada, (name, who)
                seen.add(name)
    assert seen <= {"GET /v1/users/me", "PATCH /v1/users/me"} and "GET /v1/users/me" in seen
    digests = {row["token_hash"] for row in house.database.rows("select token_hash from coaching.relationship_invites")}
    told = json.dumps(house.api.get(f"/v1/relationships/{house.relationship}/invites", token=house.ada.token).json())
    assert not [digest for digest in digests if digest in told]
