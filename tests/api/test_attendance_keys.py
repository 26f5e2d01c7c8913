"""Attendance contract, section 3.1: Google's keys: fetched when they are needed, kept, and never waited for by others."""
import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ok, person, refused
from client import wait_until
from google import Google, Key


def test_keys_are_fetched_once_and_kept(own_place):
    place = own_place()
    email = place.allow("ada@example.org")
    for _ in range(20):
        ok(place.sign_in(email))
    assert place.google.fetches == 1


def test_many_who_wait_for_the_keys_share_one_fetch(own_place):
    """While it is under way nobody else is kept waiting."""
    place = own_place()
    email = place.allow("ada@example.org")
    teacher = person(place.api, "teacher")
    place.google.hold()
    token = place.google.token(email)
    with ThreadPoolExecutor(24) as pool:
        waiting = [pool.submit(place.api.post, "/auth/google", json={"idToken": token}) for _ in range(24)]
        assert place.google.held.wait(10)
        for _ in range(10):  # on every worker
            ok(place.api.get("/health"))
            ok(place.api.get("/sessions/active", token=teacher.token))
        refused(place.api.post("/auth/google", json={"idToken": place.google.broken("expired")}), 401, "Invalid Google token: expired")
        assert not any(one.done() for one in waiting)
        place.google.release()
        assert {one.result().status for one in waiting} == {200}
    assert place.google.fetches == 1


def test_an_unknown_key_makes_for_one_fetch_in_a_while(own_place):
    place = own_place()
    email = place.allow("ada@example.org")
    ok(place.sign_in(email))
    place.google.keys.append(Key("key-3"))
    with ThreadPoolExecutor(8) as pool:  # the fetch is not repeated at once, so the new key is not known yet
        answers = list(pool.map(lambda _: place.sign_in(email, key=place.google.keys[2]), range(8)))
    assert {answer.status for answer in answers} == {401}
    assert {answer.detail for answer in answers} == {"Invalid Google token: unknown key"}
    ok(place.sign_in(email))
    assert place.google.fetches == 1
    wait_until(lambda: place.sign_in(email, key=place.google.keys[2]).status == 200, what="the next fetch")
    assert place.google.fetches == 2


def test_a_key_that_is_withdrawn(own_place):
    place = own_place()
    email = place.allow("ada@example.org")
    ok(place.sign_in(email))
    old = place.google.keys.pop(0)
    ok(place.sign_in(email, key=old))  # not looked for while the document is fresh
    wait_until(lambda: place.sign_in(email, key=Key("unknown")).status == 401 and place.google.fetches == 2, what="the next fetch")
    refused(place.sign_in(email, key=old), 401, "Invalid Google token: unknown key")
    ok(place.sign_in(email, key=place.google.keys[0]))


@pytest.mark.parametrize("status, body", [(500, None), (200, b'{"keys":[]}')])
def test_without_keys_it_is_not_the_clients_fault(own_place, status, body):
    """What else is no document of keys: tests/transport/services/google/jwks_test.c."""
    place = own_place()
    email = place.allow("ada@example.org")
    place.google.status, place.google.body = status, body
    answer = place.sign_in(email)
    assert answer.status == 503 and answer.header("retry-after"), answer
    assert place.api.post("/auth/google", json={"idToken": place.google.broken("iss-other")}).status == 401
    place.google.status, place.google.body = 200, None
    wait_until(lambda: place.sign_in(email).status == 200, what="the next fetch")


def test_nobody_at_googles_address(start_server):
    google = Google()
    google.server.server_close()
    server = start_server("--google-client-id", google.client_id, "--google-jwks-url", google.url)
    assert server.api.post("/auth/google", json={"idToken": google.token()}).status == 503


def test_a_google_that_never_answers(own_place):
    """Whoever waits is told, before their own patience ends."""
    place = own_place()
    place.google.hold()
    assert place.sign_in(place.allow("ada@example.org")).status == 503


def test_the_last_good_keys_stay_when_google_is_away(own_place):
    place = own_place()
    email = place.allow("ada@example.org")
    ok(place.sign_in(email))
    place.google.status = 500
    wait_until(lambda: place.sign_in(email, key=Key("unknown")).status == 401 and place.google.fetches == 2, what="a fetch that fails")
    ok(place.sign_in(email))


def test_only_good_keys_of_a_document_are_taken(own_place):
    place = own_place()
    good, small, other = place.google.keys[0], Key("small", 1024), Key("other")
    bad = [small.jwk(), other.jwk(kid="enc", use="enc"), other.jwk(kid="ec", kty="EC"), other.jwk(kid=...), other.jwk(kid="no-n", n=...),
           other.jwk(kid="bad-n", n="+/="), other.jwk(kid="e-one", e="AQ"), other.jwk(kid="e-even", e="AQAC"), 5, None, "key", other.jwk(kid=7),
           other.jwk(kid="long-e", e=base64.urlsafe_b64encode(b"\1" * 200).decode().rstrip("="))]
    place.google.body = json.dumps({"keys": bad + [good.jwk(use=..., alg=...)], "more": 1}).encode()
    email = place.allow("ada@example.org")
    ok(place.sign_in(email, key=good))
    for kid in ("small", "enc", "ec", "no-n", "bad-n", "e-one", "e-even", "long-e"):
        key = small if kid == "small" else other
        refused(place.sign_in(email, key=key, header={"kid": kid}), 401, "Invalid Google token: unknown key")
