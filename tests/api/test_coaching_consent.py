"""What members consent to, and what becomes of their relationship (coaching contract, sections 5.3, 6 and 7)."""
import uuid

import pytest

from coaching import account, consent, couple, relate
from practice import at_once


def view(api, who, relationship):
    answer = api.get(f"/v1/relationships/{relationship}/consent", token=who.token)
    assert answer.status == 200, answer
    return answer.json()


def status(api, two):
    shown = view(api, two.ada, two.id)["relationship_status"]
    assert [one["status"] for one in api.get("/v1/relationships", token=two.ada.token).json() if one["id"] == two.id] == [shown]
    return shown


def place(server, relationship, who, place_now):
    server.database().text(f"update coaching.relationship_members set member_status = '{place_now}'"
                           f" where relationship_id = '{relationship}' and user_id = '{who.id}'")


def test_each_write_of_each_member_has_the_next_version(api):
    two = couple(api)
    answers = [consent(api, two.ada, two.id, "SUMMARY_SHARED"), consent(api, two.ada, two.id, "SUMMARY_SHARED"),
               consent(api, two.ada, two.id, status="REVOKED"), consent(api, two.ada, two.id, uid=two.ada.id, status="ACTIVE")]
    assert [(answer.status, answer.json()) for answer in answers] == [(200, {"ok": True, "version": n}) for n in (1, 2, 3, 4)]
    assert consent(api, two.ben, two.id).json()["version"] == 1


def test_writes_at_once_lose_no_version(api):
    two = couple(api)
    calls = [lambda who=who: consent(api, who, two.id, "SUMMARY_SHARED") for who in (two.ada, two.ben) for _ in range(8)]
    versions = [answer.json()["version"] for answer in at_once(calls)]
    assert sorted(versions[:8]) == sorted(versions[8:]) == list(range(1, 9))
    assert status(api, two) == "active"


def test_both_of_a_couple_who_consent_at_once_make_it_active(api):
    for _ in range(5):
        two = couple(api)
        at_once([lambda who=who: consent(api, who, two.id) for who in (two.ada, two.ben)])
        assert status(api, two) == "active"


def test_the_view_tells_members_and_what_they_consent_to(api):
    two = couple(api)
    assert view(api, two.ben, two.id) == {"relationship_status": "active", "members": [
        {"user_id": one.id, "member_status": "ACCEPTED", "consent_status": "DRAFT", "scopes": []} for one in (two.ada, two.ben)]}
    consent(api, two.ada, two.id, "SUMMARY_SHARED", "read_profile", "x" * 128, "💌")
    told = view(api, two.ben, two.id)
    assert told["members"][0] == {"user_id": two.ada.id, "member_status": "ACCEPTED", "consent_status": "ACTIVE",
                                  "scopes": ["SUMMARY_SHARED", "read_profile", "x" * 128, "💌"]}
    consent(api, two.ada, two.id, "MEDIATION_ALLOWED", status="REVOKED")
    told = view(api, two.ben, two.id)["members"][0]
    assert (told["consent_status"], told["scopes"]) == ("REVOKED", ["MEDIATION_ALLOWED"])


def test_how_the_status_moves(api):
    two = couple(api)
    assert status(api, two) == "active"
    for who, wanted, after in [(two.ada, "ACTIVE", "pending_acceptance"), (two.ada, "DRAFT", "pending_acceptance"),
                               (two.ben, "ACTIVE", "pending_acceptance"), (two.ada, "ACTIVE", "active"), (two.ben, "ACTIVE", "active"),
                               (two.ben, "REVOKED", "pending_acceptance"), (two.ben, "ACTIVE", "active"), (two.ada, "DRAFT", "pending_acceptance")]:
        assert consent(api, who, two.id, status=wanted).status == 200
        assert status(api, two) == after


def test_who_is_alone_or_invited_keeps_it_from_being_active(api, server):
    ada = account(api)
    alone = relate(api, ada)
    consent(api, ada, alone)
    assert view(api, ada, alone)["relationship_status"] == "draft"
    two = couple(api)
    place(server, two.id, two.ben, "INVITED")
    assert consent(api, two.ben, two.id).status == consent(api, two.ada, two.id).status == 200
    assert status(api, two) == "pending_acceptance"
    place(server, two.id, two.ben, "ACCEPTED")
    consent(api, two.ada, two.id)
    assert status(api, two) == "active"


@pytest.mark.parametrize("gone", ["DECLINED", "REMOVED"])
def test_who_has_gone_is_no_member(api, server, gone):
    two = couple(api)
    place(server, two.id, two.ben, gone)
    assert consent(api, two.ben, two.id).status == 403
    assert api.get(f"/v1/relationships/{two.id}/consent", token=two.ben.token).status == 403
    assert api.get(f"/v1/users/{two.ada.id}", token=two.ben.token).status == 403
    assert view(api, two.ada, two.id)["members"][1]["member_status"] == gone


def test_nobody_consents_for_others(api):
    two, eve = couple(api), account(api)
    consent(api, two.ben, two.id)
    for uid in (two.ben.id, eve.id, str(uuid.uuid4()), "nobody", "ME"):
        answer = consent(api, two.ada, two.id, uid=uid)
        assert (answer.status, answer.detail) == (403, "Not authorized")
    assert consent(api, two.ben, two.id).json()["version"] == 2


def test_strangers_and_unknown_relationships(api):
    two, eve = couple(api), account(api)
    nothing = str(uuid.uuid4())
    answers = [consent(api, eve, two.id), *(api.get(f"/v1/relationships/{two.id}/consent{more}", token=eve.token) for more in ("", "/templates"))]
    assert {(answer.status, answer.detail) for answer in answers} == {(403, "User is not a member of this relationship")}
    answers = [consent(api, eve, nothing), *(api.get(f"/v1/relationships/{nothing}/consent{more}", token=eve.token) for more in ("", "/templates"))]
    assert {(answer.status, answer.detail) for answer in answers} == {(404, f"Relationship with id {nothing} not found")}


@pytest.mark.parametrize("body, loc", [
    ({}, ["scopes"]), ({"scopes": None}, ["scopes"]), ({"scopes": "x"}, ["scopes"]), ({"scopes": [5]}, ["scopes"]), ({"scopes": ["a\0"]}, ["scopes"]),
    ({"scopes": ["x"] * 65}, ["scopes"]), ({"scopes": ["x", "y" * 129]}, ["scopes", 1]), ({"scopes": [], "status": "ACTIV"}, ["status"]),
    ({"scopes": [], "status": "active"}, ["status"]), ({"scopes": [], "status": None}, ["status"]), ({"scopes": [], "status": ""}, ["status"]),
])
def test_what_is_wrong_is_listed_and_changes_nothing(api, body, loc):
    two = couple(api)
    answer = api.put(f"/v1/relationships/{two.id}/consent/me", token=two.ada.token, json=body)
    assert answer.status == 422 and [fault["loc"] for fault in answer.detail] == [["body", *loc]]
    assert consent(api, two.ada, two.id, *["x"] * 64).json()["version"] == 1


REALTIME, SUMMARY, TRANSCRIPT, MEDIATION = "REALTIME_FEATURES_ONLY", "SUMMARY_SHARED", "TRANSCRIPT_STORED", "MEDIATION_ALLOWED"
ONE = ("DEFAULT", "Default Settings", "Real-time features only", [REALTIME])


@pytest.mark.parametrize("kind, wanted", [
    ("romantic", [("COUPLE_DEFAULT", "Default Couple Settings", "Real-time features, summaries, and mediation", [REALTIME, SUMMARY, MEDIATION]),
                  ("PRIVATE_COUPLE", "Private Couple", "Real-time features only", [REALTIME]),
                  ("ENHANCED_COUPLE", "Enhanced Couple", "All features including transcript storage", [REALTIME, SUMMARY, TRANSCRIPT, MEDIATION])]),
    ("family", [("FAMILY_DEFAULT", "Default Family Settings", "Real-time features and summaries", [REALTIME, SUMMARY])]),
    ("friend", [("FRIEND_DEFAULT", "Default Friend Settings", "Real-time features only", [REALTIME])]),
    ("date", [ONE]), ("other", [ONE]),
])
def test_templates_go_by_the_type(api, kind, wanted):
    two = couple(api, kind)
    answer = api.get(f"/v1/relationships/{two.id}/consent/templates", token=two.ben.token)
    assert answer.status == 200
    assert answer.json() == [dict(zip(("template_id", "title", "description", "scopes"), one)) for one in wanted]
