"""A WebSocket client of the tests' own, on raw sockets: it says what it is told to, well-formed or not, and shows every frame that comes."""
import base64
import hashlib
import json
import os
import select
import socket
import struct
import time
from typing import NamedTuple

from client import PATIENCE, End, Timeout, target_of

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Frame(NamedTuple):
    kind: int
    payload: bytes

    def json(self):
        assert self.kind == TEXT, self
        return json.loads(self.payload)

    def code(self):
        assert self.kind == CLOSE, self
        return struct.unpack(">H", self.payload[:2])[0] if self.payload else None

    def reason(self):
        return self.payload[2:].decode()


def frame(kind, payload=b"", fin=True, mask=True, rsv=0, length=None):
    """The bytes of one frame. `length`: what its head says of it, instead of the truth; longer forms than needed as (form, number)."""
    payload = payload.encode() if isinstance(payload, str) else payload
    form, n = length if isinstance(length, tuple) else (None, len(payload) if length is None else length)
    form = form or (7 if n < 126 else 16 if n < 65536 else 64)
    head = bytes([(0x80 if fin else 0) | rsv << 4 | kind])
    bit = 0x80 if mask else 0
    head += bytes([bit | n]) if form == 7 else bytes([bit | 126]) + struct.pack(">H", n) if form == 16 else bytes([bit | 127]) + struct.pack(">Q", n)
    if not mask:
        return head + payload
    key = os.urandom(4)
    long = (key * (len(payload) // 4 + 1))[:len(payload)]
    return head + key + (int.from_bytes(payload, "big") ^ int.from_bytes(long, "big")).to_bytes(len(payload), "big")


def close_payload(code, reason=""):
    return struct.pack(">H", code) + (reason if isinstance(reason, bytes) else reason.encode())


# ---- what clients do that they may not, for whoever asks it of a socket ----

# Headers of the request, and how it is answered.
HANDSHAKES = [
    ({"Upgrade": None}, 426), ({"Upgrade": "h2c"}, 426), ({"Connection": None}, 426), ({"Connection": "close"}, 426),
    ({"Sec-WebSocket-Version": None}, 426), ({"Sec-WebSocket-Version": "8"}, 426), ({"Sec-WebSocket-Version": "13, 8"}, 426),
    ({"Sec-WebSocket-Key": None}, 400), ({"Sec-WebSocket-Key": ""}, 400), ({"Sec-WebSocket-Key": "c2hvcnQ="}, 400),
    ({"Sec-WebSocket-Key": "not base64 at all, no =="}, 400), ({"Content-Length": "0", "Transfer-Encoding": None}, 101),
    ({"Upgrade": "WebSocket"}, 101), ({"Upgrade": "h2c, websocket"}, 101), ({"Connection": "keep-alive, Upgrade"}, 101),
    ({"Connection": "upgrade"}, 101), ({"Sec-WebSocket-Protocol": "chat, superchat"}, 101),
    ({"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}, 101),
]

# Each is closed with 1002.
AGAINST_THE_PROTOCOL = [
    frame(TEXT, "{}", mask=False), frame(PING, "x", mask=False),
    frame(TEXT, "{}", rsv=4), frame(TEXT, "{}", rsv=2), frame(TEXT, "{}", rsv=1), frame(PING, "x", rsv=4),
    frame(3, "x"), frame(7, "x"), frame(11, "x"), frame(15, "x"),
    frame(PING, "x" * 126), frame(CLOSE, close_payload(1000, "x" * 124)), frame(PING, "x", fin=False), frame(PONG, "", fin=False),
    frame(0, "x"), frame(0, "x", fin=False), frame(TEXT, "x", fin=False) + frame(TEXT, "x"),
    frame(TEXT, "x", fin=False) + frame(0, "y") + frame(0, "z"), frame(TEXT, "x", fin=False) + frame(BINARY, "x"),
    frame(TEXT, "x", length=(16, 1)), frame(TEXT, "x", length=(64, 1)), frame(TEXT, "x" * 200, length=(64, 200)),
    frame(TEXT, "x", length=(64, 1 << 63)), frame(CLOSE, "x"), frame(CLOSE, close_payload(1005)), frame(CLOSE, close_payload(1006)),
    frame(CLOSE, close_payload(1015)), frame(CLOSE, close_payload(999)), frame(CLOSE, close_payload(0)), frame(CLOSE, close_payload(1004)),
    frame(CLOSE, close_payload(1016)), frame(CLOSE, close_payload(2999)), frame(CLOSE, close_payload(5000)),
    b"GET / HTTP/1.1\r\n\r\n", bytes(64),
]

# Payloads that are no text: 1007. Codes that a client may say: they are said back.
BAD_UTF8 = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"abc\x80", b"\xf8\x88\x80\x80\x80"]
CLOSE_CODES = [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 4999]


def handshake(host, target, headers=None):
    """The request; a header None is left out."""
    lines = {"Host": host, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **(headers or {})}
    said = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"GET {target} HTTP/1.1\r\n{said}\r\n".encode(), lines["Sec-WebSocket-Key"]


class Socket:
    """One WebSocket. `target` is a path with its query."""

    def __init__(self, api, target, headers=None, receive_buffer=None, timeout=PATIENCE, early=b""):
        self.timeout, self.data, self.seen = timeout, b"", []
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((api.host, api.port))
        request, key = handshake(f"{api.host}:{api.port}", api.mount + target, headers)
        self.socket.sendall(request + early)
        head = self._take_until(b"\r\n\r\n").decode()
        self.status, self.head = int(head.split()[1]), head
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head.split("\r\n")[1:] if line)}
        if self.status != 101:
            return
        expected = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
        assert self.headers["sec-websocket-accept"] == expected
        assert self.headers["upgrade"].lower() == "websocket" and self.headers["connection"].lower() == "upgrade"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with a reset instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    # ---- what comes ----

    def _pump(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            raise Timeout(f"nothing more on the socket; saw {[one.payload[:60] for one in self.seen[-8:]]}")
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise End("end of the socket")
        self.data += data

    def _take(self, n, deadline):
        while len(self.data) < n:
            self._pump(deadline)
        taken, self.data = self.data[:n], self.data[n:]
        return taken

    def _take_until(self, end):
        deadline = time.monotonic() + self.timeout
        while end not in self.data:
            self._pump(deadline)
        taken, self.data = self.data.split(end, 1)
        return taken + end

    def body(self):
        """Of a refusal."""
        n = int(self.headers["content-length"])
        return json.loads(self._take(n, time.monotonic() + self.timeout))

    def next(self, timeout=None):
        """The next frame of any kind."""
        deadline = time.monotonic() + (timeout or self.timeout)
        first, second = self._take(2, deadline)
        assert first & 0x70 == 0 and first & 0x80, "a server's frame is whole and without reserved bits"
        assert not second & 0x80, "a server's frame is not masked"
        n = second & 0x7f
        if n >= 126:
            n, least = (struct.unpack(">H", self._take(2, deadline))[0], 126) if n == 126 else (struct.unpack(">Q", self._take(8, deadline))[0], 65536)
            assert n >= least, "the shortest form of a length"
        got = Frame(first & 0x0f, self._take(n, deadline))
        self.seen.append(got)
        return got

    def text(self):
        """The next text frame as JSON; pings before it are answered."""
        while (got := self.next()).kind in (PING, PONG):
            if got.kind == PING:
                self.say(PONG, got.payload)
        return got.json()

    def expect(self, *events):
        """The next events are exactly these; what they say (one: itself)."""
        told = []
        for event in events:
            got = self.text()
            assert got.get("event") == event, f"expected {event}, got {got} after {[one.payload[:60] for one in self.seen[:-1]]}"
            told.append(got)
        return told[0] if len(told) == 1 else told

    def until(self, wanted):
        """Reads on to the first event of this name (or the first message that satisfies a function) and returns it."""
        holds = wanted if callable(wanted) else (lambda got: got.get("event") == wanted)
        while not holds(got := self.text()):
            pass
        return got

    def answer(self):
        """The next answer to an action."""
        return self.until(lambda got: "status" in got)

    def until_pong(self):
        """What the next pong says; pings are answered on the way."""
        while (got := self.next()).kind != PONG:
            if got.kind == PING:
                self.say(PONG, got.payload)
        return got.payload

    def closing(self):
        """The close frame that ends it, whatever comes before."""
        while (got := self.next()).kind != CLOSE:
            pass
        return got

    def at_end(self):
        """Nothing comes any more."""
        try:
            self.next()
        except End:
            return True
        return False

    # ---- what is said ----

    def send(self, data):
        self.socket.sendall(data)

    def say(self, kind, payload=b"", **more):
        self.send(frame(kind, payload, **more))

    def act(self, type_, ref=None, **more):
        said = {"type": type_, **more}
        if ref is not None:
            said["ref"] = ref
        self.say(TEXT, json.dumps(said))


def session_target(session_id, who=None, last_id=None):
    query = []
    if last_id is not None:
        query.append(("last_event_id", last_id))
    if who is not None:
        query.append(("user_id", getattr(who, "id", who)))
    return target_of(f"/ws/sessions/{session_id}", query)


def open_socket(api, session_id, who=None, token=None, last_id=None, headers=None, **more):
    """The classroom's socket, as the bare user or by a token."""
    if token:
        headers = {"Authorization": f"Bearer {token}", **(headers or {})}
    return Socket(api, session_target(session_id, who, last_id), headers, **more)
