"""A small HTTP/1.1 and server-sent-events client over plain sockets, so that the tests see the very bytes sent.

Knows nothing of classrooms (classroom.py does) nor of processes (launch.py does). Every wait has a deadline; the only
pause in the suite is the one in wait_until.
"""
import json as jsonlib
import re
import select
import socket
import time
import urllib.parse
from typing import NamedTuple

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?$")
PATIENCE = 15.0


class End(Exception):
    """The peer closed the connection."""


class Timeout(AssertionError):
    """Nothing came before the deadline: a failure of the test, not of the tool."""


def wait_until(condition, timeout=PATIENCE, interval=0.02, what="condition"):
    """Polls until the condition holds and returns its value; fails after timeout seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"{what} did not hold within {timeout} s (last: {value!r})")
        select.select([], [], [], interval)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        values = [value for key, value in self.headers if key == name.lower()]
        return values[0] if values else None

    def json(self):
        return jsonlib.loads(self.body)

    @property
    def detail(self):
        return self.json()["detail"]

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ", 2)[1])
    headers = []
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers.append((name.strip().lower(), value.strip()))
    return status, headers


def multipart(fields, boundary="X-lectern-boundary"):
    """The body of a multipart form; no fields gives a body that is only the closing delimiter."""
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
             for name, value in fields.items()]
    return f"multipart/form-data; boundary={boundary}", ("".join(parts) + f"--{boundary}--\r\n").encode()


def file_form(fields, name, file_name, kind, content, boundary="X-lectern-boundary"):
    """A multipart form whose last part is a file."""
    content_type, body = multipart(fields, boundary)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\nContent-Type: {kind}\r\n\r\n'
    end = f"--{boundary}--\r\n".encode()
    return content_type, body[: -len(end)] + head.encode() + content + b"\r\n" + end


NOTHING = object()


def encode_body(json=NOTHING, form=None, parts=None, body=None, content_type=None):
    """The content type and the bytes of one of the ways to send a body."""
    if json is not NOTHING:
        return content_type or "application/json", jsonlib.dumps(json).encode()
    if form is not None:
        return content_type or "application/x-www-form-urlencoded", urllib.parse.urlencode(form).encode()
    if parts is not None:
        return multipart(parts)
    return content_type, body


def plain(value):
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value


def target_of(path, query):
    pairs = list(query.items()) if isinstance(query, dict) else list(query or [])
    pairs = [(name, plain(value)) for name, value in pairs if value is not None]
    return path + ("?" + urllib.parse.urlencode(pairs) if pairs else "")


def request_bytes(method, target, host, headers, content_type, body):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    elif method in ("POST", "PUT", "PATCH"):
        lines.append("Content-Length: 0")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8") + (body or b"")


class Connection:
    """One kept-alive connection; a request at a time."""

    def __init__(self, host, port, timeout=PATIENCE, source=None):
        self.host = f"{host}:{port}"
        self.timeout = timeout
        self.socket = socket.create_connection((host, port), timeout, (source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _more(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            raise Timeout(f"no answer from {self.host} within {self.timeout} s; so far {bytes(self.buffer[:200])!r}")
        data = self.socket.recv(65536)
        if not data:
            raise End("closed by the server")
        self.buffer += data

    def _until(self, mark, deadline):
        while (at := self.buffer.find(mark)) < 0:
            self._more(deadline)
        taken = bytes(self.buffer[:at])
        del self.buffer[: at + len(mark)]
        return taken

    def _exactly(self, count, deadline):
        while len(self.buffer) < count:
            self._more(deadline)
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def _chunks(self, deadline):
        body = bytearray()
        while size := int(self._until(b"\r\n", deadline).split(b";")[0], 16):
            body += self._exactly(size, deadline)
            self._exactly(2, deadline)
        self._until(b"\r\n", deadline)
        return bytes(body)

    def send(self, data):
        self.socket.sendall(data)

    def answer(self, method="GET"):
        deadline = time.monotonic() + self.timeout
        status, headers = 100, []
        while status < 200:
            status, headers = parse_head(self._until(b"\r\n\r\n", deadline))
        answer = Answer(status, headers, b"")
        if method == "HEAD" or status in (204, 304):
            return answer
        if "chunked" in (answer.header("transfer-encoding") or ""):
            answer.body = self._chunks(deadline)
        elif answer.header("content-length") is not None:
            answer.body = self._exactly(int(answer.header("content-length")), deadline)
        return answer

    def request(self, method, path, query=None, headers=None, **body):
        """A server may answer and close before it has read a body that is too large: the answer counts."""
        content_type, data = encode_body(**body)
        try:
            self.send(request_bytes(method, target_of(path, query), self.host, headers, content_type, data))
        except BrokenPipeError:
            pass
        return self.answer(method)


class Api:
    """The server as its clients see it. `who` is a person (or an id) for the query's user_id, `token` a bearer."""

    def __init__(self, host, port, mount=""):
        self.host, self.port, self.mount = host, port, mount

    def connect(self, timeout=PATIENCE):
        return Connection(self.host, self.port, timeout)

    def call(self, method, path, who=None, token=None, query=None, headers=None, **body):
        pairs = list((query or {}).items()) if not isinstance(query, list) else list(query)
        if who is not None:
            pairs.append(("user_id", getattr(who, "id", who)))
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        with self.connect() as connection:
            return connection.request(method, self.mount + path, pairs, headers, **body)

    def get(self, path, who=None, **more):
        return self.call("GET", path, who, **more)

    def post(self, path, who=None, **more):
        return self.call("POST", path, who, **more)

    def put(self, path, who=None, **more):
        return self.call("PUT", path, who, **more)

    def delete(self, path, who=None, **more):
        return self.call("DELETE", path, who, **more)


class Named(Api):
    """The server under one of its names."""

    def __init__(self, api, name):
        super().__init__(api.host, api.port)
        self.name = name

    def connect(self, timeout=15.0):
        connection = super().connect(timeout)
        connection.host = self.name
        return connection


class Frame(NamedTuple):
    event: str
    data: dict
    id: str
    raw: bytes

    @property
    def seq(self):
        return int(self.id.rsplit("-", 1)[1]) if self.id else None

    @property
    def epoch(self):
        return self.id.rsplit("-", 1)[0] if self.id else None


class SseReader:
    """Bytes of an answer in, frames out. Strict: a frame that breaks the contract's form is an AssertionError."""

    def __init__(self):
        self.status, self.headers = None, []
        self.ended = False
        self.comments, self.retries = [], []
        self._head, self._text = bytearray(), bytearray()
        self._chunked, self._left, self._raw = False, 0, bytearray()

    def header(self, name):
        return Answer(self.status, self.headers, b"").header(name)

    def feed(self, data):
        """Returns the frames that these bytes complete."""
        if self.status is None:
            self._head += data
            if (at := self._head.find(b"\r\n\r\n")) < 0:
                return []
            self.status, self.headers = parse_head(bytes(self._head[:at]))
            self._chunked = "chunked" in (self.header("transfer-encoding") or "")
            data = bytes(self._head[at + 4:])
        self._raw += data
        self._text += self._unchunk() if self._chunked else self._take_raw()
        return self._frames() if self.status == 200 else []

    def body(self):
        return bytes(self._text)

    def _take_raw(self):
        taken = bytes(self._raw)
        self._raw.clear()
        return taken

    def _unchunk(self):
        out = b""
        while not self.ended:
            at = self._raw.find(b"\r\n")
            if at < 0:
                break
            size = int(bytes(self._raw[:at]).split(b";")[0], 16)
            if len(self._raw) < at + 2 + size + 2:
                break
            out += bytes(self._raw[at + 2: at + 2 + size])
            assert self._raw[at + 2 + size: at + 4 + size] == b"\r\n", "a chunk does not end with CRLF"
            del self._raw[: at + 4 + size]
            self.ended = size == 0
        return out

    def _frames(self):
        frames = []
        while (at := self._text.find(b"\n\n")) >= 0:
            raw = bytes(self._text[:at])
            del self._text[: at + 2]
            frame = self._frame(raw)
            if frame:
                frames.append(frame)
        return frames

    def _frame(self, raw):
        fields = {}
        for line in raw.split(b"\n"):
            assert b"\r" not in line, f"carriage return in a frame: {raw!r}"
            if line.startswith(b":"):
                self.comments.append(line[1:].strip().decode())
                continue
            name, _, value = line.decode("utf-8").partition(":")
            assert name in ("event", "data", "id", "retry"), f"unknown field in frame {raw!r}"
            assert name not in fields, f"two {name} lines in frame {raw!r}"
            fields[name] = value[1:] if value.startswith(" ") else value
        if "retry" in fields:
            self.retries.append(int(fields["retry"]))
        if "event" not in fields and "data" not in fields:
            return None
        data = jsonlib.loads(fields["data"])
        assert fields["event"] == "connected" or data.get("type") == fields["event"], f"type is not the event: {raw!r}"
        return Frame(fields["event"], data, fields.get("id"), raw)


def stream_request(host, session_id, who=None, last_id=None, last_id_in_query=False, token=None, mount="", headers=None):
    query, headers = [], {"Accept": "text/event-stream", **(headers or {})}
    if last_id is not None:
        if last_id_in_query:
            query.append(("last_event_id", last_id))
        else:
            headers["Last-Event-ID"] = last_id
    if who is not None:
        query.append(("user_id", getattr(who, "id", who)))
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return request_bytes("GET", target_of(f"{mount}/sse/sessions/{session_id}", query), host, headers, None, None)


class Stream:
    """One open event stream, read when asked. `seen` keeps every frame, `last_id` the newest id."""

    def __init__(self, api, session_id, who=None, receive_buffer=None, timeout=PATIENCE, **options):
        self.reader, self.timeout = SseReader(), timeout
        self.waiting, self.seen, self.last_id = [], [], None
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((api.host, api.port))
        self.socket.sendall(stream_request(f"{api.host}:{api.port}", session_id, who, mount=api.mount, **options))
        deadline = time.monotonic() + timeout
        while self.reader.status is None:
            self._pump(deadline)
        assert self.reader.status == 200, f"stream refused: {self.reader.status} {self.reader.body()!r}"

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with a reset instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _pump(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.socket], [], [], left)[0]:
            raise Timeout(f"nothing more on the stream; saw {[frame.event for frame in self.seen[-12:]]}")
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise End("end of stream")
        self.waiting += self.reader.feed(data)

    def next(self, timeout=None):
        deadline = time.monotonic() + (timeout or self.timeout)
        while not self.waiting:
            if self.reader.ended:
                raise End("end of stream")
            self._pump(deadline)
        frame = self.waiting.pop(0)
        self.seen.append(frame)
        self.last_id = frame.id or self.last_id
        return frame

    def expect(self, *events):
        """The next frames are exactly these; returns them (one: itself)."""
        frames = []
        for event in events:
            frame = self.next()
            before = [one.event for one in self.seen[:-1]]
            assert frame.event == event, f"expected {event}, got {frame.raw!r} after {before}"
            frames.append(frame)
        return frames[0] if len(frames) == 1 else frames

    def until(self, wanted):
        """Reads on to the first frame of this event (or the first that satisfies a function) and returns it."""
        holds = wanted if callable(wanted) else (lambda frame: frame.event == wanted)
        while not holds(frame := self.next()):
            pass
        return frame

    def rest(self):
        """Everything up to the end of the stream, which must come."""
        frames = []
        while True:
            try:
                frames.append(self.next())
            except End:
                return frames

    def at_end(self):
        """The connection ends, and nothing more comes."""
        self.socket.settimeout(self.timeout)
        return self.socket.recv(1) == b""

    def wait_comment(self, count=1):
        deadline = time.monotonic() + self.timeout
        while len(self.reader.comments) < count:
            self._pump(deadline)
        return self.reader.comments


def consecutive(frames):
    """The ids of these frames, which must run without hole or repetition within one epoch."""
    ids = [frame for frame in frames if frame.id]
    assert len({frame.epoch for frame in ids}) <= 1, f"more than one epoch: {[frame.id for frame in ids]}"
    for before, after in zip(ids, ids[1:]):
        assert after.seq == before.seq + 1, f"{before.raw!r} is followed by {after.raw!r}"
    return [frame.seq for frame in ids]
