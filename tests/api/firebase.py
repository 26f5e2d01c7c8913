"""Firebase as its clients see it, for tests and for demonstrations: a token endpoint that verifies assertions (RFC 7523)
and FCM's messages:send (HTTP v1), strict about every field. Needs Python's standard library and the command openssl.

By hand: `python3 tests/api/firebase.py` makes a service account, says how to start the server with it, and prints each push.
"""
import argparse
import base64
import http.server
import json
import os
import secrets
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

PROJECT, EMAIL = "lectern-demo", "pusher@lectern-demo.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PATIENCE = 20.0
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=False)


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# ---- what can be answered ----

class Reply:
    """One answer: a status with a body and headers, or none: hang, cut, garbage."""

    def __init__(self, status=200, body=None, headers=None, act=None):
        self.status, self.body, self.headers, self.act = status, body, headers or {}, act


def rpc_error(status, word, code=None, field=None, message="", headers=None):
    """An error of google.rpc.Status as FCM sends it."""
    details = []
    if code:
        details.append({"@type": FCM_ERROR, "errorCode": code})
    if field:
        details.append({"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": message}]})
    return Reply(status, {"error": {"code": status, "message": message, "status": word, "details": details}}, headers)


UNREGISTERED = rpc_error(404, "NOT_FOUND", "UNREGISTERED", message="Requested entity was not found.")
NO_TOKEN = rpc_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.token",
                     "The registration token is not a valid FCM registration token")
TOO_BIG = rpc_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message", "Message is too big")
MISMATCH = rpc_error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", message="SenderId mismatch")
INTERNAL = rpc_error(500, "INTERNAL", "INTERNAL", message="Internal error encountered.")
UNAVAILABLE = rpc_error(503, "UNAVAILABLE", "UNAVAILABLE")
UNAUTHENTICATED = rpc_error(401, "UNAUTHENTICATED", message="Request had invalid authentication credentials.")
HANG, CUT, GARBAGE = Reply(act="hang"), Reply(act="cut"), Reply(act="garbage")


def quota(seconds=None):
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return rpc_error(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", headers=headers)


# ---- what must be sent ----

def texts(value, *keys):
    """An object with exactly these keys, all of them texts."""
    return isinstance(value, dict) and set(value) == set(keys) and all(isinstance(one, str) for one in value.values())


def faults(body):
    """What is wrong with the body of messages:send, by the contract and by FCM's reference."""
    message = body.get("message") if isinstance(body, dict) and set(body) == {"message"} else None
    if not isinstance(message, dict):
        return ["message"]
    data = message.get("data")
    rules = {
        "keys": set(message) == {"token", "notification", "data", "android", "apns", "webpush"},
        "token": isinstance(message.get("token"), str) and bool(message.get("token")),
        "notification": texts(message.get("notification"), "title", "body"),
        "data": isinstance(data, dict) and all(isinstance(value, str) for value in data.values()),
        "android": message.get("android") == {"priority": "high", "notification": {
            "sound": "default", "click_action": "FLUTTER_NOTIFICATION_CLICK"}},
        "apns": message.get("apns") == {"headers": {"apns-priority": "10"}, "payload": {"aps": {"sound": "default", "badge": 1}}},
        "webpush": message.get("webpush") == {"notification": {"icon": "/icons/Icon-192.png", "badge": "/icons/Icon-192.png"}},
        "size": len(json.dumps([message.get("notification"), data], ensure_ascii=False).encode()) <= 4096,
    }
    return [name for name, holds in rules.items() if not holds]


class Push:
    """One call of messages:send."""

    def __init__(self, device, message, status, at):
        self.device, self.message, self.status, self.at = device, message, status, at

    @property
    def id(self):
        return self.message["data"]["notification_id"]


# ---- the service ----

class Firebase:
    """Listens at once. `replies[device]` and `token_replies` are what is answered next, then all is well again."""

    def __init__(self, host="127.0.0.1", port=0, tls=False, say=None):
        self.folder = tempfile.mkdtemp(prefix="fb-", dir="/tmp")
        self.changed = threading.Condition()
        self.released = threading.Event()
        self.calls, self.faults = [], []  # pushes of any status; what was wrong with requests
        self.tokens, self.valid, self.assertions, self.token_calls = [], set(), set(), 0
        self.replies, self.token_replies = {}, []
        self.hanging, self.expires_in, self.say = 0, 3600, say
        self._make_key()
        service = self

        class Handler(RequestHandler):
            firebase = service

        self.server = http.server.ThreadingHTTPServer((host, port), Handler)
        self.server.daemon_threads = True
        self.scheme = "http"
        if tls:
            self._use_tls()
        self.url = f"{self.scheme}://{host}:{self.server.server_address[1]}"
        self.account = self.write_account()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _make_key(self):
        self.private, self.public = f"{self.folder}/private.pem", f"{self.folder}/public.pem"
        assert openssl("genrsa", "-out", self.private, "2048").returncode == 0
        assert openssl("rsa", "-in", self.private, "-pubout", "-out", self.public).returncode == 0
        self.key_id = secrets.token_hex(20)

    def _use_tls(self):
        self.ca = f"{self.folder}/ca.pem"
        made = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{self.folder}/tls.pem", "-out", self.ca,
                       "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
        assert made.returncode == 0, made.stderr
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, f"{self.folder}/tls.pem")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.scheme = "https"

    def write_account(self, name="account.json", **changes):
        """A service-account file as the console hands it out; a change to None leaves the member out."""
        with open(self.private, encoding="ascii") as key:
            account = {"type": "service_account", "project_id": PROJECT, "private_key_id": self.key_id, "private_key": key.read(),
                       "client_email": EMAIL, "client_id": "1", "token_uri": f"{self.url}/token"}
        account = {name: value for name, value in {**account, **changes}.items() if value is not None}
        path = f"{self.folder}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(account, file)
        os.chmod(path, 0o600)
        return path

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- for tests: each waits for the event or fails --

    def wait(self, condition, what):
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), f"{what} did not happen: {[(c.device, c.status) for c in self.calls[-9:]]}"

    def of(self, device, *statuses):
        return [call for call in self.calls if call.device == device and (not statuses or call.status in statuses)]

    def delivered(self, device, count=1):
        """The pushes this device has got, once there are so many."""
        self.wait(lambda: len(self.of(device, 200)) >= count, f"{count} pushes to {device}")
        return self.of(device, 200)

    def called(self, device, count=1):
        self.wait(lambda: len(self.of(device)) >= count, f"{count} calls for {device}")
        return self.of(device)

    def hang_up(self):
        """Lets go of everybody who hangs: their connections are cut."""
        self.released.set()
        with self.changed:
            self.released = threading.Event()

    def revoke(self):
        """No access token is good any more."""
        with self.changed:
            self.valid.clear()

    # -- the two endpoints --

    def assertion_fault(self, form):
        """What is wrong with a request for an access token; None if nothing is."""
        if set(form) != {"grant_type", "assertion"} or form["grant_type"] != [GRANT] or len(form["assertion"]) != 1:
            return "form"
        try:
            head, body, signature = form["assertion"][0].split(".")
            header, claims, signature = json.loads(unpadded(head)), json.loads(unpadded(body)), unpadded(signature)
        except ValueError:
            return "assertion"
        with tempfile.NamedTemporaryFile(dir=self.folder) as file:
            file.write(signature)
            file.flush()
            checked = openssl("dgst", "-sha256", "-verify", self.public, "-signature", file.name, data=f"{head}.{body}".encode())
        now = time.time()
        wanted = {
            "header": header == {"alg": "RS256", "typ": "JWT", "kid": self.key_id},
            "signature": checked.returncode == 0,
            "iss": claims.get("iss") == EMAIL,
            "scope": claims.get("scope") == SCOPE,
            "aud": claims.get("aud") == f"{self.url}/token",
            "iat": isinstance(claims.get("iat"), int) and abs(claims["iat"] - now) <= 300,
            "exp": isinstance(claims.get("exp"), int) and claims["exp"] == claims.get("iat", 0) + 3600,
            "claims": set(claims) == {"iss", "scope", "aud", "iat", "exp"},
        }
        wrong = [name for name, holds in wanted.items() if not holds]
        return ", ".join(wrong) or None

    def grant(self, form, content_type):
        with self.changed:
            self.token_calls += 1
            scripted = self.token_replies.pop(0) if self.token_replies else None
            self.changed.notify_all()
        if scripted:
            return scripted
        fault = self.assertion_fault(form) if content_type == "application/x-www-form-urlencoded" else "content type"
        if fault:
            self.complain(f"token: {fault}")
            return Reply(400, {"error": "invalid_grant", "error_description": fault})
        token = f"ya29.{len(self.tokens)}-{secrets.token_urlsafe(16)}"
        with self.changed:
            self.tokens.append(token)
            self.valid.add(token)
            self.changed.notify_all()
        return Reply(200, {"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"})

    def complain(self, text):
        with self.changed:
            self.faults.append(text)
            self.changed.notify_all()
        if self.say:
            self.say(f"WRONG {text}")

    def deliver(self, path, bearer, content_type, body):
        if path != f"/v1/projects/{PROJECT}/messages:send":
            return None, Reply(404, {"error": {"code": 404, "message": "Not found", "status": "NOT_FOUND"}})
        wrong = faults(body) + ([] if content_type.startswith("application/json") else ["content type"])
        if wrong:
            self.complain(f"message: {', '.join(wrong)}")
            return None, rpc_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message", ", ".join(wrong))
        message = body["message"]
        if bearer not in self.valid:
            return message, UNAUTHENTICATED
        scripted = self.replies.get(message["token"])
        return message, scripted.pop(0) if scripted else Reply(200, {"name": f"projects/{PROJECT}/messages/{secrets.token_hex(8)}"})

    def note(self, message, reply):
        status = reply.act or reply.status
        with self.changed:
            self.calls.append(Push(message["token"], message, status, time.monotonic()))
            self.changed.notify_all()
        if self.say:
            self.say(f"{status} to {message['token']}: {message['notification']['title']}: {message['notification']['body']} "
                     f"{json.dumps(message['data'], ensure_ascii=False)}")


class RequestHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    firebase = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        content_type, message = self.headers.get("Content-Type", ""), None
        if self.path == "/token":
            reply = self.firebase.grant(urllib.parse.parse_qs(body.decode("ascii"), strict_parsing=True), content_type)
        else:
            scheme, _, bearer = self.headers.get("Authorization", "").partition(" ")
            try:
                sent = json.loads(body)
            except ValueError:
                sent = None
            message, reply = self.firebase.deliver(self.path, bearer if scheme == "Bearer" else None, content_type, sent)
        if reply.act:
            self.misbehave(message, reply)
            return
        self.answer(reply)
        if message:
            self.firebase.note(message, reply)

    def answer(self, reply):
        text = json.dumps(reply.body or {}).encode()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json; charset=UTF-8", "Content-Length": len(text), **reply.headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()

    def misbehave(self, message, reply):
        self.close_connection = True
        released = self.firebase.released
        if message:
            self.firebase.note(message, reply)
        if reply.act == "hang":
            released.wait()
        elif reply.act == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
        else:
            self.wfile.write(b"220 mail.example ESMTP\r\n")


def main():
    parser = argparse.ArgumentParser(description="A stand-in for Firebase Cloud Messaging on this machine.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fail", type=int, default=0, metavar="N", help="answer the first N pushes of each device with 503")
    options = parser.parse_args()
    firebase = Firebase(port=options.port, say=lambda text: print(text, flush=True))
    if options.fail:
        class Failing(dict):
            def get(self, device, default=None):
                return self.setdefault(device, [UNAVAILABLE] * options.fail)
        firebase.replies = Failing()
    print(f"Firebase stands in at {firebase.url}. Start the server with\n"
          f"  FIREBASE_SERVICE_ACCOUNT_KEY={firebase.account} LECTERN_FCM_URL={firebase.url} build/lectern serve --dev", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        firebase.close()


if __name__ == "__main__":
    main()
