"""People and couples for the tests of the coaching area."""
import base64
import hashlib
import hmac
import itertools
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

PASSWORD = "pass123"
_numbers = itertools.count(1)
_run = f"{int.from_bytes(os.urandom(4), 'big'):x}"


class Account(NamedTuple):
    """Somebody who is signed in."""
    id: str
    email: str
    name: str
    token: str
    refresh: str


class Couple(NamedTuple):
    """Two people and the relationship between them."""
    ada: Account
    ben: Account
    id: str


def new_email(who="ada"):
    return f"{who}-{_run}-{next(_numbers)}@example.org"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def sign_up(api, token=None, **changes):
    body = {"email": new_email(), "password": PASSWORD, "display_name": "Ada", **changes}
    return api.post("/v1/auth/signup", token=token, json={key: value for key, value in body.items() if value is not ...})


def login(api, email, password=PASSWORD, **more):
    return api.post("/v1/auth/login", json={"email": email, "password": password}, **more)


def refresh(api, token, **more):
    return api.post("/v1/auth/refresh", json={"refresh_token": token}, **more)


def of_tokens(api, tokens):
    me = api.get("/v1/users/me", token=tokens["access_token"])
    assert me.status == 200, me
    told = me.json()
    return Account(told["id"], told["email"], told["display_name"], tokens["access_token"], tokens["refresh_token"])


def account(api, **changes):
    made = sign_up(api, **changes)
    assert made.status == 200, made
    return of_tokens(api, made.json())


def relate(api, who, *others, kind="romantic"):
    made = api.post("/v1/relationships", token=who.token, json={"type": kind, "member_ids": [other.id for other in others]})
    assert made.status == 200, made
    return made.json()["id"]


def couple(api, kind="romantic"):
    ada, ben = account(api), account(api, display_name="Ben")
    return Couple(ada, ben, relate(api, ada, ben, kind=kind))


def consent(api, who, relationship, *scopes, uid="me", **changes):
    return api.put(f"/v1/relationships/{relationship}/consent/{uid}", token=who.token, json={"scopes": list(scopes), **changes})


# ---- tokens that are made elsewhere ----

def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpart(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def claims_of(token):
    return unpart(token.split(".")[1])


def signed(key, claims, algorithm="HS256", digest=hashlib.sha256):
    """A token of these claims, as python-jose makes it."""
    signing_input = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}"
    return f"{signing_input}.{part(hmac.new(key.encode(), signing_input.encode(), digest).digest())}"


# ---- sessions and invitations ----

def session(api, who, relationship, *others):
    made = api.post("/v1/sessions", token=who.token, json={"relationship_id": relationship, "participants": [other.id for other in others]})
    assert made.status == 200, made
    return made.json()["id"]


def invite(api, who, relationship, email=None, headers=None, **more):
    return api.post(f"/v1/relationships/{relationship}/invites", token=who.token, headers=headers, json={"email": email or new_email("ben"), **more})


def token_of(url):
    return url.split("?token=")[1]


def at_once(calls):
    """Does all of them at the same time; what they give, in their order."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(call) for call in calls]]
