"""The ws scenario: what WebSockets cost, beside event streams of the same room and beside a bare loop around the same library. The load
client is Python: what counts is memory and CPU of the server, not how many a second. Knows no process; tools/bench/run brings the server."""
import base64
import http.client
import json
import os
import select
import socket
import struct
import time

HOST, ROOM, WHO = "127.0.0.1", "/sessions/1", "?user_id=1"
PAYLOAD, BATCH = 100, 64  # bytes of an echo; sent together
PATIENCE_S = 60


class Unheard(Exception):
    """Somebody was not told what they should have been, in words."""


def listen(port, target, upgrade):
    one = socket.create_connection((HOST, port))
    key = base64.b64encode(os.urandom(16)).decode()
    more = f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}"
    one.sendall(f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n{more if upgrade else 'Accept: text/event-stream'}\r\n\r\n".encode())
    return one


def hear(sockets, mark):
    """Reads whatever comes, until each has been sent that mark."""
    waiting, tails = {one.fileno(): one for one in sockets}, {}
    poll = select.epoll()
    for fd in waiting:
        poll.register(fd, select.EPOLLIN)
    limit = time.monotonic() + PATIENCE_S
    while waiting and time.monotonic() < limit:
        for fd, _ in poll.poll(1):
            read = waiting[fd].recv(1 << 18)
            tails[fd] = tails.get(fd, b"")[-400:] + read
            if mark in tails[fd]:
                poll.unregister(fd)
                del waiting[fd]
            elif not read:
                raise Unheard(f"a listener was cut: {tails[fd]!r}")
    if waiting:
        raise Unheard(f"{len(waiting)} listeners were not told {mark}")


class Listeners:
    """So many of one room, by kind "ws" or "sse", each of which has been told the room's state."""

    def __init__(self, port, kind, n):
        self.sockets = []
        while len(self.sockets) < n:
            some = [listen(port, f"/{kind}{ROOM}{WHO}", kind == "ws") for _ in range(min(100, n - len(self.sockets)))]
            self.sockets += some
            hear(some, b"session_state")

    def __enter__(self):
        return self.sockets

    def __exit__(self, *_):
        for one in self.sockets:
            one.close()


def measure_idle(port, memory, kind, n):
    """The room and what the server keeps ready stand before the first reading."""
    with Listeners(port, kind, 50):
        pass
    before = memory()
    with Listeners(port, kind, n):
        after = memory()
    return {"bytes_per_listener": round((after - before) / n, 1), "before_bytes": before, "after_bytes": after, "lawful": True}


def measure_deliveries(port, cpu, kind, n, seconds, warm):
    """Posts one at a time; what is measured is the server's CPU for each event that one of n listeners is sent, the post included."""
    poster = http.client.HTTPConnection(HOST, port)

    def post(number, sockets):
        text = f"mark-{number:08d}"
        poster.request("POST", f"{ROOM}/action{WHO}", json.dumps({"type": "chat", "text": text}), {"Content-Type": "application/json"})
        if (status := poster.getresponse()).status != 200:
            raise Unheard(f"a post was refused: {status.status}")
        status.read()
        hear(sockets, text.encode())

    def many(first, until, sockets):
        number = first
        while number == first or time.monotonic() < until:
            post(number, sockets)
            number += 1
        return number

    with Listeners(port, kind, n) as sockets:
        first = many(1, time.monotonic() + warm, sockets)
        began = cpu()
        posts = many(first, time.monotonic() + seconds, sockets) - first
        used = cpu() - began
    poster.close()
    return {"server_us_per_delivery": round(used * 1e6 / posts / n, 3), "posts": posts, "lawful": True}


def masked(kind, payload):
    mask = b"\1\2\3\4"
    return struct.pack(">BB", 0x80 | kind, 0x80 | len(payload)) + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def take(one, n):
    while n:
        if not (read := len(one.recv(min(n, 1 << 18)))):
            raise Unheard("a socket was cut")
        n -= read


def measure_echo(port, cpu, callers, seconds, warm):
    """The server's CPU for each ping that it answers, by so many sockets of a room in turn; a bare loop takes any target."""
    sockets = [listen(port, f"/ws{ROOM}{WHO}", True) for _ in range(callers)]
    hear(sockets, b"\r\n\r\n")
    ping, answer = masked(9, b"x" * PAYLOAD) * BATCH, (2 + PAYLOAD) * BATCH
    quiet(sockets)

    def many(until):
        n = 0
        while not n or time.monotonic() < until:
            for one in sockets:
                one.sendall(ping)
            for one in sockets:
                take(one, answer)
            n += BATCH * len(sockets)
        return n

    many(time.monotonic() + warm)
    began = cpu()
    echoes = many(time.monotonic() + seconds)
    used = cpu() - began
    for one in sockets:
        one.close()
    return {"echoes_cpu_s": round(echoes / used, 1) if used else 0.0, "server_us_per_echo": round(used * 1e6 / echoes, 4), "lawful": True}


def quiet(sockets):
    """Each calls once and reads until its own answer: what a room says first, and arrivals of the others, is behind it then."""
    for one in sockets:
        one.sendall(masked(9, b"all is said"))
        hear([one], b"all is said")
