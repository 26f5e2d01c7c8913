"""Profiles, looking for people, first steps, devices (coaching contract, sections 4 and 19)."""
import uuid

import pytest

from coaching import account, consent, couple, new_email, relate

PROFILE = {"id", "email", "display_name", "pronouns", "personality_type", "communication_style", "goals", "personal_description", "hobbies",
           "birthday", "occupation", "privacy_tier", "profile_picture_url", "voice_profile_id", "voice_print_data"}


@pytest.fixture(scope="module")
def strict(start_module_server):
    """Where some addresses cannot be looked up, and none often."""
    return start_module_server("--coaching-lookups", 4, environment={"EMAIL_BLOCKED_DOMAINS": "Blocked.example, other.example"})


def me(api, who):
    answer = api.get("/v1/users/me", token=who.token)
    assert answer.status == 200, answer
    return answer.json()


def change(api, who, **changes):
    return api.call("PATCH", "/v1/users/me", token=who.token, json=changes)


def look_up(api, who, email):
    return api.post("/v1/contacts/lookup", token=who.token, json={"email": email})


def give_voice(server, who):
    return server.database().text("insert into coaching.voice_profiles (user_id, quality_score, voice_sample_base64)"
                                  f" values ('{who.id}', 0.9, 'UklGRg==') returning id")


# ---- the profile ----

def test_a_new_profile_has_nothing_but_who_it_is(api):
    who = account(api)
    assert me(api, who) == {**dict.fromkeys(PROFILE), "id": who.id, "email": who.email, "display_name": "Ada"}


def test_a_profile_is_changed_in_parts(api):
    who = account(api)
    whole = {"display_name": "Ada 👩🏽‍💻", "pronouns": "she/her", "personality_type": {"mbti": "INTJ", "n": [1, {"a": None}]},
             "communication_style": "DIRECT", "goals": ["Listen", "Pause"], "personal_description": "עדה", "hobbies": ["Chess"],
             "birthday": "1990-12-10", "occupation": "Programmer", "privacy_tier": "ENHANCED", "profile_picture_url": "https://example.org/a.png"}
    answer = change(api, who, **whole, id="another", email="another@example.org", password_hash="x", unknown=5)
    assert answer.status == 200 and answer.json() == me(api, who)
    assert answer.json() == {**dict.fromkeys(PROFILE), "id": who.id, "email": who.email, **whole}
    for nothing in ({}, dict.fromkeys(whole)):
        assert change(api, who, **nothing).json() == answer.json()
    again = change(api, who, goals=[], communication_style="gentle", privacy_tier="Private").json()
    assert again == {**answer.json(), "goals": None, "communication_style": "GENTLE", "privacy_tier": "PRIVATE"}
    assert change(api, who, communication_style="BALANCED").json()["communication_style"] == "BALANCED"


@pytest.mark.parametrize("changes", [
    {"display_name": 5}, {"display_name": "a\0"}, {"display_name": "a" * 1001}, {"communication_style": "LOUD"}, {"communication_style": 0.5},
    {"goals": "Listen"}, {"goals": [5]}, {"hobbies": ["a\0"]}, {"personality_type": "INTJ"}, {"personality_type": {"a": "\0"}}, {"birthday": "1990-02-30"},
    {"birthday": "yesterday"}, {"privacy_tier": "SECRET"}, {"profile_picture_url": ["x"]},
])
def test_what_is_wrong_with_a_profile_is_listed_and_changes_nothing(api, changes):
    who = account(api)
    answer = change(api, who, **{"occupation": "Spy", **changes})
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", *changes]
    assert me(api, who)["occupation"] is None


def test_a_picture_may_be_large(api):
    who = account(api)
    picture = "data:image/png;base64," + "A" * (5 << 20)
    assert change(api, who, profile_picture_url=picture).status == 200
    assert me(api, who)["profile_picture_url"] == picture
    assert change(api, who, profile_picture_url="A" * (8 << 20)).status == 413


def test_a_voice_is_shown_to_its_owner_only(api, server):
    two = couple(api)
    voice = give_voice(server, two.ada)
    told = me(api, two.ada)
    assert (told["voice_profile_id"], told["voice_print_data"]) == (voice, "UklGRg==")
    assert "UklGRg" not in repr(api.get(f"/v1/users/{two.ada.id}", token=two.ben.token).body)


# ---- others ----

def test_people_who_share_a_relationship_see_each_other(api, server):
    two, eve = couple(api), account(api)
    voice = give_voice(server, two.ben)
    change(api, two.ben, profile_picture_url="https://example.org/b.png", occupation="Spy")
    wanted = {"id": two.ben.id, "email": two.ben.email, "display_name": "Ben", "profile_picture_url": "https://example.org/b.png", "voice_profile_id": voice}
    for who in (two.ada, two.ben):
        answer = api.get(f"/v1/users/{two.ben.id}", token=who.token)
        assert (answer.status, answer.json()) == (200, wanted)
    answer = api.get(f"/v1/users/{two.ben.id}", token=eve.token)
    assert (answer.status, answer.detail) == (403, "Not authorized")
    nobody = str(uuid.uuid4())
    answer = api.get(f"/v1/users/{nobody}", token=eve.token)
    assert (answer.status, answer.detail) == (404, f"User with id {nobody} not found")
    relate(api, eve, two.ben)
    assert api.get(f"/v1/users/{two.ben.id}", token=eve.token).status == 200
    assert api.get(f"/v1/users/{two.ada.id}", token=eve.token).status == 403


def test_addresses_are_looked_up(api, server):
    ada, ben = account(api), account(api, display_name="Ben")
    nameless = account(api, display_name=None)
    assert look_up(api, ada, ben.email.upper()).json() == {"status": "EXISTS", "user": {"id": ben.id, "display_name": "Ben"}}
    assert look_up(api, ada, nameless.email).json()["user"]["display_name"] == nameless.email.split("@")[0]
    assert look_up(api, ada, new_email()).json() == {"status": "NOT_FOUND", "user": None}
    server.database().text(f"update coaching.users set is_active = false where id = '{ben.id}'")
    assert look_up(api, ada, ben.email).json()["status"] == "NOT_FOUND"
    for email in ("nobody", None, 5, "a@b"):
        assert look_up(api, ada, email).status == 422
    assert api.post("/v1/contacts/lookup", json={"email": ben.email}).status == 401


def test_some_addresses_cannot_be_looked_up_and_none_often(strict):
    api = strict.api
    ada, ben, other = account(api), account(api, email="ben@sub.BLOCKED.example"), account(api)
    blocked = {"status": "BLOCKED", "user": None}
    assert look_up(api, ada, ben.email).json() == look_up(api, ada, "x@other.example").json() == blocked
    assert look_up(api, ada, "x@unblocked.example").json()["status"] == "NOT_FOUND"
    assert look_up(api, ada, other.email).json()["status"] == "EXISTS"
    answer = look_up(api, ada, other.email)
    assert answer.status == 429 and 0 < int(answer.header("retry-after")) <= 60
    assert look_up(api, other, ada.email).status == 200


# ---- first steps, devices ----

def test_first_steps(api):
    two = couple(api)
    who = account(api, display_name=None)
    steps = api.get("/v1/onboarding/status", token=who.token)
    assert steps.json() == dict.fromkeys(("profile", "voiceprint", "relationships", "consent", "device", "done"), False)
    after = api.post("/v1/onboarding/complete", token=who.token, json={"step": "Voiceprint"}).json()
    assert after == {**steps.json(), "voiceprint": True}
    assert api.post("/v1/onboarding/complete", token=who.token).json() == {**after, "done": True}
    assert api.post("/v1/onboarding/complete", token=who.token, json={"step": "x"}).status == 422
    consent(api, two.ada, two.id)
    api.post("/v1/devices/push-token", token=two.ada.token, json={"token": f"device of {two.ada.id}", "platform": "ios"})
    assert api.get("/v1/onboarding/status", token=two.ada.token).json() == {
        "profile": True, "voiceprint": False, "relationships": True, "consent": True, "device": True, "done": False}


def test_a_device_is_the_persons(api, server):
    who = account(api)
    answer = api.post("/v1/devices/push-token", token=who.token, json={"push_token": f"of {who.id}", "device_type": "android"})
    assert (answer.status, answer.json()["ok"]) == (200, True)
    row = server.database().one("select device_type, u.id from classroom.fcm_tokens t join coaching.users u on u.person_id = t.user_id"
                                f" where token = 'of {who.id}'")
    assert row == {"device_type": "android", "id": who.id}
    for body in ({}, {"token": ""}, {"token": None}, {"token": 5}, {"token": "x" * 5000}):
        assert api.post("/v1/devices/push-token", token=who.token, json=body).status == 422


def test_without_a_token_nothing(api):
    for method, path in (("GET", "/v1/users/me"), ("PATCH", "/v1/users/me"), ("GET", "/v1/users/x"), ("GET", "/v1/onboarding/status"),
                         ("POST", "/v1/onboarding/complete"), ("POST", "/v1/devices/push-token"), ("POST", "/v1/contacts/lookup")):
        answer = api.call(method, path)
        assert (answer.status, answer.detail) == (401, "Not authenticated")
