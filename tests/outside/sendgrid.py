#!/usr/bin/python3 -B
"""SendGrid as its clients see it: POST /v3/mail/send as the coaching contract, section 9.3, and SendGrid's reference describe it, strict about
every field. Tests drive it as an object; by hand it prints each mail until it is interrupted:

  tests/outside/sendgrid.py [--port 8093] [--key demo-key]

Its address is printed; give it to lectern as SENDGRID_BASE_URL, and the key as SENDGRID_API_KEY.
"""
import argparse
import http.server
import json
import re
import threading
import uuid

PATIENCE = 30.0
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Reply:
    """One answer: a status with errors and headers, or none: hang, cut, garbage."""

    def __init__(self, status=202, message=None, field=None, headers=None, act=None):
        self.status, self.headers, self.act = status, headers or {}, act
        self.body = {"errors": [{"message": message, "field": field, "help": None}]} if message else None


def limited(**headers):
    return Reply(429, "too many requests", headers={name.replace("_", "-"): str(value) for name, value in headers.items()})


BAD = Reply(400, "Does not contain a valid address.", "personalizations.0.to.0.email")
UNAUTHORIZED = Reply(401, "The provided authorization grant is invalid, expired, or revoked")
FORBIDDEN = Reply(403, "The from address does not match a verified Sender Identity.", "from")
TOO_LARGE = Reply(413, "content is too large")
BROKEN, AWAY = Reply(500, "Internal server error"), Reply(503, "Service unavailable")
HANG, CUT, GARBAGE = Reply(act="hang"), Reply(act="cut"), Reply(act="garbage")


def text(value):
    return isinstance(value, str) and value != ""


def faults(body):
    """What is wrong with the body of mail/send."""
    if not isinstance(body, dict):
        return ["body"]
    to = body.get("personalizations")
    content = body.get("content")
    known = {"personalizations", "from", "subject", "content", "custom_args"}
    rules = {
        "keys": set(body) <= known,
        "personalizations": isinstance(to, list) and len(to) == 1 and set(to[0]) == {"to"} and len(to[0]["to"]) == 1
        and set(to[0]["to"][0]) == {"email"} and bool(ADDRESS.fullmatch(to[0]["to"][0]["email"])),
        "from": isinstance(body.get("from"), dict) and set(body["from"]) == {"email", "name"} and bool(ADDRESS.fullmatch(body["from"]["email"])),
        "subject": text(body.get("subject")) and "\n" not in body["subject"],
        "content": isinstance(content, list) and all(set(one) == {"type", "value"} and text(one["value"]) for one in content),
        "content order": isinstance(content, list) and [one.get("type") for one in content] == ["text/plain", "text/html"],
        "custom_args": isinstance(body.get("custom_args", {}), dict) and all(isinstance(one, str) for one in body.get("custom_args", {}).values()),
    }
    return [name for name, holds in rules.items() if not holds]


class Mail:
    """One call of mail/send."""

    def __init__(self, body, status):
        self.body, self.status = body, status
        self.to = body["personalizations"][0]["to"][0]["email"]
        self.subject = body["subject"]
        self.plain, self.html = (one["value"] for one in body["content"])
        self.id = body.get("custom_args", {}).get("message_id")


class SendGrid:
    """Listens at once. `replies[address]` is what is answered next to mails to it, then all is well again."""

    def __init__(self, key="SG.test-key", port=0, say=None):
        self.key, self.say = key, say
        self.changed, self.released = threading.Condition(), threading.Event()
        self.calls, self.faults, self.replies, self.hanging = [], [], {}, 0
        service = self

        class Handler(RequestHandler):
            sendgrid = service

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    # ---- what tests do: each waits for the event or fails ----

    def wait(self, condition, what):
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), f"{what} did not happen: {[(c.to, c.status) for c in self.calls[-9:]]} {self.faults}"

    def of(self, address, *statuses):
        return [call for call in self.calls if call.to == address and (not statuses or call.status in statuses)]

    def sent(self, address, count=1):
        """The mails that this address has got, once there are so many."""
        self.wait(lambda: len(self.of(address, 202)) >= count, f"{count} mails to {address}")
        return self.of(address, 202)

    def called(self, address, count=1):
        self.wait(lambda: len(self.of(address)) >= count, f"{count} calls for {address}")
        return self.of(address)

    def hang_up(self):
        """Lets go of everybody who hangs: their connections are cut."""
        self.released.set()
        with self.changed:
            self.released = threading.Event()

    # ---- the endpoint ----

    def complain(self, what):
        with self.changed:
            self.faults.append(what)
            self.changed.notify_all()
        if self.say:
            self.say(f"WRONG {what}")

    def judge(self, path, headers, body):
        """The answer, and the body if it is one that could be sent."""
        if path != "/v3/mail/send":
            self.complain(path)
            return None, Reply(404, "not found")
        if headers.get("Authorization") != f"Bearer {self.key}":
            return None, UNAUTHORIZED
        wrong = faults(body) + ([] if headers.get("Content-Type") == "application/json" else ["content type"])
        if wrong:
            self.complain(", ".join(wrong))
            return None, Reply(400, ", ".join(wrong))
        scripted = self.replies.get(body["personalizations"][0]["to"][0]["email"])
        return body, scripted.pop(0) if scripted else Reply(202, headers={"X-Message-Id": uuid.uuid4().hex})

    def note(self, body, reply):
        mail = Mail(body, reply.act or reply.status)
        with self.changed:
            self.calls.append(mail)
            self.changed.notify_all()
        if self.say:
            self.say(f"{mail.status} to {mail.to}: {mail.subject}\n{mail.plain}")


class RequestHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sendgrid = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        try:
            sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        except ValueError:
            sent = None
        body, reply = self.sendgrid.judge(self.path, self.headers, sent)
        if reply.act:
            self.misbehave(body, reply)
            return
        self.answer(reply)
        if body:
            self.sendgrid.note(body, reply)

    def answer(self, reply):
        data = json.dumps(reply.body).encode() if reply.body else b""
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(data), **reply.headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def misbehave(self, body, reply):
        self.close_connection = True
        released = self.sendgrid.released
        self.sendgrid.note(body, reply)
        if reply.act == "hang":
            released.wait()
        elif reply.act == "cut":
            self.wfile.write(b"HTTP/1.1 500 Whatever\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
        else:
            self.wfile.write(b"220 mail.example ESMTP\r\n")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--port", type=int, default=8093)
    p.add_argument("--key", default="demo-key")
    options = p.parse_args()
    service = SendGrid(options.key, options.port, lambda line: print(line, flush=True))
    print(f"SENDGRID_BASE_URL={service.url} SENDGRID_API_KEY={service.key}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        service.close()


if __name__ == "__main__":
    main()
