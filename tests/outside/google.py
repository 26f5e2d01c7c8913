#!/usr/bin/python3 -B
"""A Google of our own: publishes RSA keys as a JWKS document with cache headers, and signs ID tokens, good ones and every kind of broken one.
Tests drive it as an object; by hand it serves until it is interrupted:

  tests/outside/google.py [--port 8091] [--client-id demo-client]

Give lectern what it prints as GOOGLE_JWKS_URL and GOOGLE_CLIENT_ID. A token is at /token?email=ada@example.org&name=Ada
(&kind=expired and the like; /kinds lists them).
"""
import argparse
import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.parse
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HELD_S = 60  # the longest a held answer waits for its release


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(n):
    return b64(n.to_bytes((n.bit_length() + 7) // 8, "big"))


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Key:
    """An RSA key under a name."""

    def __init__(self, kid, bits=2048):
        self.kid = kid
        self.private = rsa.generate_private_key(65537, bits)

    def jwk(self, **changes):
        public = self.private.public_key().public_numbers()
        entry = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": number(public.n), "e": number(public.e), **changes}
        return {name: value for name, value in entry.items() if value is not ...}

    def pem(self):
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data, algorithm="RS256"):
        if algorithm == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if algorithm == "RS512":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA512())
        if algorithm == "PS256":
            return self.private.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        if algorithm == "HS256":  # the public key as the secret that everybody knows
            return hmac.new(self.pem(), data, hashlib.sha256).digest()
        if algorithm == "ES256":
            r, s = utils.decode_dss_signature(ec.generate_private_key(ec.SECP256R1()).sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return b""


def keep(changed):
    """Without what was set to `...`."""
    return {name: value for name, value in changed.items() if value is not ...}


class Google:
    """start() makes it answer at `url`; `fetches` counts how often the keys were asked for."""

    def __init__(self, client_id="test-client", port=0):
        self.client_id = client_id
        self.keys = [Key("key-1"), Key("key-2")]
        self.cache_control, self.age = "public, max-age=20000, must-revalidate", None
        self.status, self.body = 200, None  # body None: the document of the keys
        self.fetches, self.held = 0, threading.Event()
        self.open = threading.Event()
        self.open.set()
        google = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                google.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def url(self):
        return f"{self.base}/oauth2/v3/certs"

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.release()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # ---- keys ----

    def document(self):
        return compact({"keys": [key.jwk() for key in self.keys]})

    def hold(self):
        """From now on the keys are not answered until release()."""
        self.held.clear()
        self.open.clear()

    def release(self):
        self.open.set()

    def answer(self, handler):
        path, _, query = handler.path.partition("?")
        if path == "/oauth2/v3/certs":
            self.fetches += 1
            self.held.set()
            self.open.wait(HELD_S)
            headers = {"Cache-Control": self.cache_control, "Age": self.age}
            self.send(handler, self.status, "application/json", self.document() if self.body is None else self.body, headers)
        elif path == "/token":
            wanted = dict(urllib.parse.parse_qsl(query))
            kind = wanted.pop("kind", None)
            token = self.broken(kind, **wanted) if kind else self.token(**wanted)
            self.send(handler, 200, "text/plain", token.encode() + b"\n")
        elif path == "/kinds":
            self.send(handler, 200, "text/plain", "\n".join(BROKEN).encode() + b"\n")
        else:
            self.send(handler, 404, "text/plain", b"not here\n")

    @staticmethod
    def send(handler, status, content_type, body, headers=()):
        try:
            handler.send_response(status)
            for name, value in {"Content-Type": content_type, "Content-Length": len(body), **dict(headers)}.items():
                if value is not None:
                    handler.send_header(name, str(value))
            handler.end_headers()
            handler.wfile.write(body)
        except OSError:
            pass  # who asked has gone

    # ---- tokens ----

    def claims(self, email="ada@example.org", name="Ada", **changes):
        now = int(time.time())
        return keep({"iss": "https://accounts.google.com", "azp": "an-android-app", "aud": self.client_id, "sub": "1" + str(zlib.crc32(str(email).encode())),
                     "email": email, "email_verified": True, "name": name, "iat": now, "exp": now + 3600, **changes})

    def token(self, email="ada@example.org", name="Ada", key=None, header=(), algorithm="RS256", **changes):
        """A signed token. Changes set claims, and header values by name; `...` leaves one out."""
        key = key or self.keys[0]
        head = keep({"alg": algorithm, "kid": key.kid, "typ": "JWT", **dict(header)})
        return self.signed(compact(head), compact(self.claims(email, name, **changes)), key, algorithm)

    @staticmethod
    def signed(header, payload, key, algorithm="RS256"):
        """Whatever bytes header and payload are."""
        data = f"{b64(header)}.{b64(payload)}".encode()
        return f"{data.decode()}.{b64(key.sign(data, algorithm))}"

    def broken(self, kind, email="ada@example.org", name="Ada"):
        return BROKEN[kind](self, email, name)


def forged(google, email, name, **more):
    """Signed by a key that nobody publishes, under the name of one that is."""
    return google.token(email, name, key=Key(google.keys[0].kid), **more)


def spliced(google, email, name):
    """The signature of one token under the claims of another."""
    head, body, _ = google.token(email, name).split(".")
    return f"{head}.{body}.{google.token('other@example.org', name).split('.')[2]}"


def duplicated(google, email, name):
    payload = compact(google.claims(email, name))
    return google.signed(compact({"alg": "RS256", "kid": google.keys[0].kid}), payload[:-1] + b',"aud":"another"}', google.keys[0])


def tampered(google, email, name):
    """Other claims under a good signature."""
    head, body, signature = google.token("other@example.org", name).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return f"{head}.{b64(compact({**claims, 'email': email}))}.{signature}"


def trailing(google, email, name):
    """Another spelling of the same signature bytes: bits that stand for nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = google.token(email, name)
    return token[:-1] + letters[letters.index(token[-1]) ^ 1]


def raw(header, payload=None):
    """A token of these very bytes, signed."""
    def make(google, email, name):
        head = header(google) if callable(header) else header
        body = compact(google.claims(email, name)) if payload is None else payload
        return google.signed(head, body, google.keys[0])
    return make


def good_header(google):
    return compact({"alg": "RS256", "kid": google.keys[0].kid})


def header(algorithm="RS256", **changes):
    return lambda google, email, name: google.token(email, name, header=changes, algorithm=algorithm)


def claim(**changes):
    def make(google, email, name):
        said = {key: value(google) if callable(value) else value for key, value in changes.items()}
        return google.token(**{"email": email, "name": name, **said})
    return make


def later(seconds):
    return lambda google: int(time.time()) + seconds


BROKEN = {
    # 1 the shape
    "empty": lambda *_: "",
    "one-part": lambda *_: "abc",
    "two-parts": lambda google, *who: google.token(*who).rsplit(".", 1)[0],
    "four-parts": lambda google, *who: google.token(*who) + ".abcd",
    "no-signature": lambda google, *who: google.token(*who).rsplit(".", 1)[0] + ".",
    "no-header": lambda google, *who: "." + google.token(*who).split(".", 1)[1],
    "no-payload": lambda google, *who: "..".join(google.token(*who).split(".")[::2]),
    "padding": lambda google, *who: google.token(*who) + "==",
    "not-base64url": lambda google, *who: google.token(*who).replace(".", ".+", 1),
    "blank": lambda google, *who: " " + google.token(*who),
    "line-feed": lambda google, *who: google.token(*who) + "\n",
    "loose-bits": trailing,
    "header-no-json": raw(b"alg=RS256"),
    "header-a-list": raw(b'["RS256"]'),
    "header-twice": raw(lambda google: b'{"alg":"RS256","alg":"RS256","kid":"%s"}' % google.keys[0].kid.encode()),
    "payload-no-json": raw(good_header, b"email=ada"),
    "payload-a-text": raw(good_header, b'"ada"'),
    "payload-no-utf8": raw(good_header, b'{"email":"\xff"}'),
    "claim-twice": duplicated,
    "too-long": lambda google, *who: google.token(*who, filler="x" * 16384),
    # 2 the algorithm
    "none": lambda google, *who: google.token(*who, algorithm="none").rsplit(".", 1)[0] + ".",
    "none-signed": header("none"),
    "None": header(alg="None"),
    "rs256-small": header(alg="rs256"),
    "no-alg": header(alg=...),
    "alg-a-list": header(alg=["RS256"]),
    "HS256-of-the-public-key": header("HS256"),
    "ES256": header("ES256"),
    "PS256": header("PS256"),
    "RS512": header("RS512"),
    "signed-PS256-says-RS256": lambda google, *who: google.token(*who, algorithm="PS256", header={"alg": "RS256"}),
    "signed-RS512-says-RS256": lambda google, *who: google.token(*who, algorithm="RS512", header={"alg": "RS256"}),
    "crit": header(crit=["exp"]),
    "crit-empty": header(crit=[]),
    "typ-a-number": header(typ=1),
    # 3 the key
    "no-kid": header(kid=...),
    "kid-empty": header(kid=""),
    "kid-a-number": header(kid=1),
    "kid-unknown": header(kid="another"),
    "kid-of-another-key": lambda google, *who: google.token(*who, header={"kid": google.keys[1].kid}),
    "jwk-in-header": lambda google, email, name: (lambda own: google.token(email, name, key=own, header={"jwk": own.jwk()}))(Key("own")),
    "jku-in-header": lambda google, *who: forged(google, *who, header={"jku": "http://127.0.0.1:1/keys", "x5u": "http://127.0.0.1:1/cert"}),
    # 4 the signature
    "forged": forged,
    "spliced": spliced,
    "tampered": tampered,
    "signature-cut": lambda google, *who: google.token(*who)[:-8],
    "signature-zero": lambda google, *who: google.token(*who).rsplit(".", 1)[0] + "." + b64(bytes(256)),
    "signature-long": lambda google, *who: google.token(*who).rsplit(".", 1)[0] + "." + b64(b"\1" * 2000),
    # 5 the issuer
    "no-iss": claim(iss=...),
    "iss-other": claim(iss="https://accounts.example.com"),
    "iss-prefix": claim(iss="https://accounts.google.com.evil.example"),
    "iss-slash": claim(iss="https://accounts.google.com/"),
    "iss-http": claim(iss="http://accounts.google.com"),
    "iss-a-list": claim(iss=["https://accounts.google.com"]),
    # 6 the audience
    "no-aud": claim(aud=...),
    "aud-other": claim(aud="another-client"),
    "aud-longer": claim(aud=lambda google: google.client_id + "x"),
    "aud-shorter": claim(aud=lambda google: google.client_id[:-1]),
    "aud-empty": claim(aud=""),
    "aud-a-list": claim(aud=lambda google: [google.client_id]),
    # 7 the times
    "no-exp": claim(exp=...),
    "exp-a-text": claim(exp=lambda google: str(int(time.time()) + 3600)),
    "exp-true": claim(exp=True),
    "exp-null": claim(exp=None),
    "exp-a-list": claim(exp=lambda google: [int(time.time()) + 3600]),
    "expired": claim(exp=later(-1), iat=later(-3601)),
    "expired-long": claim(exp=later(-86400), iat=later(-90000)),
    "no-iat": claim(iat=...),
    "iat-a-text": claim(iat="now"),
    "iat-digits-in-a-text": claim(iat=lambda google: str(int(time.time()))),
    "iat-true": claim(iat=True),
    "iat-null": claim(iat=None),
    "iat-an-object": claim(iat={}),
    "iat-before-1970": claim(iat=-1),
    "nbf-a-text": claim(nbf="0"),
    "nbf-null": claim(nbf=None),
    "nbf-in-the-future": claim(nbf=later(60)),
    "iat-in-the-future": claim(iat=later(60)),
    # 8 who it is
    "no-sub": claim(sub=...),
    "sub-empty": claim(sub=""),
    "sub-a-number": claim(sub=7),
    "no-email": claim(email=...),
    "email-empty": claim(email=""),
    "email-a-list": claim(email=["ada@example.org"]),
    "email-too-long": claim(email="a" * 320 + "@example.org"),
    "email-nul": claim(email="ada@example.org\0"),
    # 9 that the address is theirs
    "email-unverified": claim(email_verified=False),
    "no-email-verified": claim(email_verified=...),
    "email-verified-null": claim(email_verified=None),
    "email-verified-one": claim(email_verified=1),
    "email-verified-yes": claim(email_verified="yes"),
}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--port", type=int, default=8091)
    p.add_argument("--client-id", default="demo-client")
    options = p.parse_args()
    google = Google(options.client_id, options.port)
    print(f"GOOGLE_JWKS_URL={google.url} GOOGLE_CLIENT_ID={google.client_id}\n{google.base}/token?email=ada@example.org&name=Ada", flush=True)
    try:
        google.server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
