"""Signing up and in to coaching, tokens, who is calling (coaching contract, sections 1, 2 and 3)."""
import hashlib
import secrets
import time
import uuid

import pytest

from classroom import person
from coaching import PASSWORD, account, bearer, claims_of, login, new_email, part, refresh, sign_up, signed, unpart
from practice import at_once

KEY = secrets.token_hex(32)
PREVIOUS = secrets.token_hex(32)


@pytest.fixture(scope="module")
def keyed(start_module_server):
    """A server whose key the tests know, where tokens live for other times than usual."""
    return start_module_server("--coaching-access-minutes", "0.5", "--coaching-refresh-days", 2, "--login-failures", 3,
                               environment={"SECRET_KEY": KEY, "SECRET_KEY_PREVIOUS": PREVIOUS, "APP_VERSION": "7.8.9"})


def me(api, token):
    return api.get("/v1/users/me", token=token)


# ---- health ----

def test_health_says_its_version_under_both_names(api, keyed):
    for path in ("/m/coaching/health", "/v1/health", "/m/coaching/v1/health"):
        assert (api.get(path).status, api.get(path).json()) == (200, {"status": "ok", "version": "0.1.0"})
    assert keyed.api.get("/v1/health").json()["version"] == "7.8.9"


# ---- signing up ----

def test_somebody_signs_up_and_is_known(api):
    email = new_email()
    answer = sign_up(api, email=email, display_name="  Ada  ", id="mine", is_active=False)
    assert answer.status == 200 and set(answer.json()) == {"access_token", "refresh_token"}
    profile = me(api, answer.json()["access_token"]).json()
    assert str(uuid.UUID(profile["id"], version=4)) == profile["id"]
    assert (profile["email"], profile["display_name"]) == (email, "  Ada  ")


def test_a_name_is_not_needed_and_letters_stay_as_they_are(api):
    who = sign_up(api, display_name=...).json()
    assert me(api, who["access_token"]).json()["display_name"] is None
    name = "Åda ‏עדה‎ 👩‍👩‍👧 e\u0301 𝒜"
    assert me(api, sign_up(api, display_name=name).json()["access_token"]).json()["display_name"] == name


def test_domains_have_no_case_and_an_address_is_one_account_in_any_case(api):
    local, domain = new_email().split("@")
    who = account(api, email=f"  {local.title()}@{domain.upper()} ")
    assert who.email == f"{local.title()}@{domain}"
    again = sign_up(api, email=f"{local}@{domain}")
    assert (again.status, again.detail) == (400, "Email already registered")
    assert login(api, f"{local.upper()}@{domain}").status == 200


def test_of_simultaneous_sign_ups_one_makes_the_account(api, server):
    email = new_email()
    answers = at_once([lambda: sign_up(api, email=email, display_name="Racing") for _ in range(6)])
    assert sorted(answer.status for answer in answers) == [200] + [400] * 5
    assert {answer.detail for answer in answers if answer.status == 400} == {"Email already registered"}
    assert server.database().one("select count(*) as people from account.users where name = 'Racing'")["people"] == 1


@pytest.mark.parametrize("changes, field", [
    ({"email": ...}, "email"), ({"email": None}, "email"), ({"email": 5}, "email"), ({"email": "nobody"}, "email"), ({"email": ""}, "email"),
    ({"email": "user@localhost"}, "email"), ({"email": "a b@example.org"}, "email"), ({"email": "a@b@example.org"}, "email"),
    ({"email": ".a@example.org"}, "email"), ({"email": "a.@example.org"}, "email"), ({"email": "a..b@example.org"}, "email"),
    ({"email": "a,b@example.org"}, "email"), ({"email": "a@-example.org"}, "email"), ({"email": "a@example-.org"}, "email"),
    ({"email": "a@exa_mple.org"}, "email"), ({"email": "a@example..org"}, "email"), ({"email": "a" * 65 + "@example.org"}, "email"),
    ({"email": "a@" + "b" * 64 + ".org"}, "email"), ({"email": "a@" + ("b" * 60 + ".") * 4 + "example.org"}, "email"), ({"email": "a\0@example.org"}, "email"),
    ({"password": ...}, "password"), ({"password": None}, "password"), ({"password": 5}, "password"), ({"password": ""}, "password"),
    ({"password": "a\0b"}, "password"), ({"password": "p" * 1025}, "password"), ({"display_name": 5}, "display_name"),
    ({"display_name": "A\0"}, "display_name"), ({"invite_token": ["x"]}, "invite_token"),
])
def test_what_is_wrong_with_a_sign_up_is_told_as_text(api, changes, field):
    answer = sign_up(api, **changes)
    assert answer.status == 422 and isinstance(answer.detail, str)
    assert answer.detail.startswith(f"{field}: ") and "; " not in answer.detail


@pytest.mark.parametrize("path", ["/v1/auth/signup", "/v1/auth/login"])
@pytest.mark.parametrize("body", [
    {"body": b"{", "content_type": "application/json"}, {"json": []}, {"json": "a"}, {}, {"form": {"email": "a@example.org", "password": "x"}},
    {"form": {"username": "a@example.org", "password": "x"}}, {"body": b'{"email":"\xff"}', "content_type": "application/json"},
])
def test_what_is_no_object_is_told_as_text(api, path, body):
    answer = api.post(path, **body)
    assert answer.status == 422 and answer.detail.startswith("body: ")


def test_odd_addresses_are_taken(api):
    for local in ("o'neil+tag", "a.b-c_d", "#1!$%&*/=?^`{|}~", "é", "a" * (64 - 24)):
        email = new_email(local)
        assert account(api, email=email).email == email


def test_passwords_are_kept_as_bcrypt_hashes_of_all_their_bytes(api, server):
    same = "é" * 40
    emails = [new_email() for _ in range(3)]
    for email, password in zip(emails, ("pass123", "pass123", same + "1")):
        assert sign_up(api, email=email, password=password).status == 200
    hashes = [server.database().one(f"select password_hash as h from coaching.users where email = '{email}'")["h"] for email in emails]
    assert hashes[0].startswith("$2b$") and hashes[0] != hashes[1]
    assert login(api, emails[2], same + "1").status == 200 and login(api, emails[2], same + "2").status == 401


def test_a_person_of_another_area_stays_that_person(api, server):
    who = person(api)
    mine = account(api, token=who.token)
    stored = server.database().one(f"select person_id from coaching.users where id = '{mine.id}'")
    assert stored["person_id"] == who.id
    again = sign_up(api, token=who.token)
    assert (again.status, again.detail) == (400, "You have such an account already")
    assert sign_up(api, token=mine.token).status == sign_up(api, token="nonsense").status == 200  # no tokens of other areas


# ---- signing in ----

def test_sign_in_says_the_same_of_unknown_accounts_and_wrong_passwords(api):
    who = account(api)
    answers = [login(api, who.email, "wrong"), login(api, new_email()), login(api, who.email, "")]
    assert {(answer.status, answer.detail, answer.header("www-authenticate")) for answer in answers} == {
        (401, "Incorrect email or password", "Bearer")}
    assert set(login(api, who.email).json()) == {"access_token", "refresh_token"}


def test_inactive_accounts_are_out(api, server):
    who = account(api)
    server.database().text(f"update coaching.users set is_active = false where id = '{who.id}'")
    answer = login(api, who.email)
    assert (answer.status, answer.detail) == (403, "User account is inactive")
    assert login(api, who.email, "wrong").status == 401
    assert (me(api, who.token).status, me(api, who.token).detail) == (401, "Could not validate credentials")
    assert (refresh(api, who.refresh).status, refresh(api, who.refresh).detail) == (401, "Invalid refresh token")


def test_guesses_at_an_account_are_limited(keyed):
    who, other = account(keyed.api), account(keyed.api)
    assert [login(keyed.api, who.email, "wrong").status for _ in range(4)] == [401, 401, 401, 429]
    answer = login(keyed.api, who.email)
    assert answer.status == 429 and int(answer.header("retry-after")) > 0
    assert login(keyed.api, other.email).status == 200


def test_the_limit_does_not_tell_who_is_here(keyed):
    for email in (account(keyed.api).email, new_email()):
        local, domain = email.split("@")
        spellings = [f"{local.upper()}@{domain}", f"{local.title()}@{domain.upper()}", email, f" {email} "]
        assert [login(keyed.api, spelling, "wrong").status for spelling in spellings] == [401, 401, 401, 429]


# ---- tokens ----

def test_tokens_say_whom_they_name_what_for_and_until_when(api, keyed):
    for server, access, days in ((api, 15 * 60, 30), (keyed.api, 30, 2)):
        before = int(time.time())
        who = account(server)
        for token, kind, life in ((who.token, "access", access), (who.refresh, "refresh", days * 86400)):
            claims = claims_of(token)
            assert (claims["sub"], claims["type"]) == (who.id, kind)
            assert before + life <= claims["exp"] <= int(time.time()) + life
        assert unpart(who.token.split(".")[0])["alg"] == "HS256"


def test_a_token_signed_elsewhere_counts_with_just_its_three_claims(keyed):
    who = account(keyed.api)
    soon = int(time.time()) + 600
    for key in (KEY, PREVIOUS):
        assert me(keyed.api, signed(key, {"sub": who.id, "type": "access", "exp": soon})).json()["id"] == who.id
        assert refresh(keyed.api, signed(key, {"sub": who.id, "type": "refresh", "exp": soon})).status == 200
    answer = keyed.api.get("/v1/users/me", headers={"Authorization": f"bEaReR {who.token}"})
    assert answer.status == 200


def changed(**claims):
    def make(who):
        whole = {"sub": who.id, "type": "access", "exp": int(time.time()) + 600, **claims}
        return signed(KEY, {name: value for name, value in whole.items() if value is not ...})
    return make


@pytest.mark.parametrize("token", [
    changed(exp=int(time.time()) - 5), changed(exp=...), changed(exp="9999999999"), changed(exp=None), changed(type="refresh"),
    changed(type=...), changed(type=5), changed(sub=...), changed(sub=5), changed(sub=None), changed(sub=""), changed(sub="a\0b"),
    changed(sub=str(uuid.uuid4())), changed(sub="x" * 5000), changed(nbf=int(time.time()) + 600), changed(sub="' or 1=1 --"),
    lambda who: who.refresh, lambda who: "nonsense", lambda who: "a.b.c", lambda who: who.token[:-2], lambda who: who.token + "x",
    lambda who: signed("another key", claims_of(who.token)), lambda who: signed("", claims_of(who.token)),
    lambda who: signed(KEY, claims_of(who.token), "HS512", hashlib.sha512), lambda who: signed(KEY, claims_of(who.token), "hs256"),
    lambda who: f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims_of(who.token))}.",
    lambda who: f"{part({'alg': 'none'})}.{who.token.split('.', 1)[1]}",
])
def test_what_is_no_access_token_names_nobody(keyed, token):
    answer = me(keyed.api, token(account(keyed.api)))
    assert (answer.status, answer.detail) == (401, "Could not validate credentials")
    assert answer.header("www-authenticate") == "Bearer"


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
                                     {"Authorization": "Basic YTpi"}, {"Authorization": "Token x"}, {"Cookie": "access_token=x"}])
def test_who_says_nothing_is_not_authenticated(api, headers):
    answer = api.get("/v1/users/me", headers=headers)
    assert (answer.status, answer.detail, answer.header("www-authenticate")) == (401, "Not authenticated", "Bearer")


def test_a_token_counts_in_its_area_only(api):
    who, other = account(api), person(api)
    assert me(api, other.token).status == 401
    assert api.post("/auth/refresh", token=who.token).status == 401
    assert api.get(f"/v1/users/me?token={who.token}").status == 401


def test_other_ways_of_signing(start_server):
    server = start_server(environment={"ALGORITHM": "HS512", "secret_key": KEY})  # names have no case
    who = account(server.api)
    assert unpart(who.token.split(".")[0])["alg"] == "HS512"
    claims = {"sub": who.id, "type": "access", "exp": int(time.time()) + 60}
    assert me(server.api, signed(KEY, claims, "HS512", hashlib.sha512)).status == 200
    assert me(server.api, signed(KEY, claims)).status == 401


# ---- new tokens for old ones ----

def test_a_refresh_gives_a_new_pair_and_the_old_one_still_counts(api):
    who = account(api)
    for _ in range(2):
        answer = refresh(api, who.refresh, headers=bearer("expired"))
        pair = answer.json()
        assert answer.status == 200 and set(pair) == {"access_token", "refresh_token"}
        assert pair["refresh_token"] != who.refresh and me(api, pair["access_token"]).json()["id"] == who.id
        assert refresh(api, pair["refresh_token"]).status == 200
    assert [answer.status for answer in at_once([lambda: refresh(api, who.refresh) for _ in range(6)])] == [200] * 6


def test_after_three_bad_tries_a_refresh_is_told_to_wait(api):
    who, other = account(api), account(api)
    for bad in (who.token, "nonsense" + secrets.token_hex(4), signed("another", claims_of(who.refresh))):
        answers = [refresh(api, bad) for _ in range(6)]
        assert [(answer.status, answer.detail) for answer in answers] == [(401, "Invalid refresh token")] * 3 + [(429, "Too many attempts")] * 3
        assert 0 < int(answers[-1].header("retry-after")) <= 60
    assert refresh(api, who.refresh).status == refresh(api, other.refresh).status == 200


def test_a_refresh_for_somebody_who_is_gone_is_refused(api, server):
    who = account(api)
    server.database().text(f"delete from coaching.users where id = '{who.id}'")
    assert (refresh(api, who.refresh).status, me(api, who.token).status) == (401, 401)


@pytest.mark.parametrize("body", [{"json": {}}, {"json": {"refresh_token": None}}, {"json": {"refresh_token": 5}}, {"json": []}, {}])
def test_a_refresh_without_its_token_is_told_as_list(api, body):
    answer = api.post("/v1/auth/refresh", **body)
    assert answer.status == 422 and answer.detail[0]["loc"][0] == "body"


# ---- what holds everywhere ----

def test_refusals_come_in_their_order(api):
    who = account(api)
    assert api.post("/v1/relationships", json={}).status == 401
    assert api.put("/v1/relationships/nothing/consent/me", token=who.token, json={}).status == 422
    assert api.put("/v1/relationships/nothing/consent/me", token=who.token, json={"scopes": []}).status == 404


def test_bodies_of_more_than_a_mebibyte_are_too_large(api):
    answer = api.post("/v1/auth/login", json={"email": "a" * (1 << 20), "password": "x"})
    assert answer.status == 413


def test_no_secret_is_written_down(keyed):
    who = account(keyed.api, password="a very own password")
    login(keyed.api, who.email, "a very wrong password")
    refresh(keyed.api, who.refresh)
    said = keyed.stderr()
    assert not [secret for secret in (KEY, who.token, who.refresh, "a very own", "a very wrong", PASSWORD) if secret in said]
