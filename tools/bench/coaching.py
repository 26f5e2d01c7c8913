"""The case coachingN of the ws scenario: N sockets of N / 2 coaching sessions, each of which sends a frame a second. What is measured: the
server's memory for a socket, half a session included; its CPU for a frame that needs no nudge, beside a bare loop that reads the frame and
its JSON and answers nothing; how long after its frame a nudge is heard, which is on disk by then. The client is Python and sends at a given
pace. Knows no process; tools/bench/run brings the server."""
import base64
import hashlib
import hmac
import json
import select
import struct
import time

import ws

TICKS = 100  # a second: at each as many sockets send
NUDGED_S = 100  # frames a second that deserve a nudge, each of somebody who was not nudged before
CALM, FAST = 2.0, 5.0  # words a second
LIFE_S = 86400
PATIENCE_S = 30


def seed(people):
    """People, and sessions of two of them each."""
    return f"""
with made as (insert into account.users (name) select 'Speaker' from generate_series(1, {people}) returning user_id)
insert into coaching.users (id, person_id, email, password_hash)
select 'speaker-' || n, user_id, 'speaker-' || n || '@example.org', '' from (select user_id, row_number() over (order by user_id) as n from made) m;
insert into coaching.relationships (id, type, status) select 'pair-' || n, 'COUPLE', 'ACTIVE' from generate_series(1, {(people + 1) // 2}) n;
insert into coaching.sessions (id, relationship_id) select 'talk-' || n, 'pair-' || n from generate_series(1, {(people + 1) // 2}) n;
insert into coaching.relationship_members (relationship_id, user_id, member_status)
select 'pair-' || (n + 1) / 2, 'speaker-' || n, 'ACCEPTED' from generate_series(1, {people}) n;
insert into coaching.session_participants (session_id, user_id) select 'talk-' || (n + 1) / 2, 'speaker-' || n from generate_series(1, {people}) n;
analyze;
"""


def token(key, n):
    part = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
    claims = {"sub": f"speaker-{n}", "type": "access", "exp": int(time.time()) + LIFE_S}
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (text + b"." + part(hmac.new(key.encode(), text, hashlib.sha256).digest())).decode()


def frame(n, rate):
    said = {"type": "client.feature_frame", "sid": talk(n), "payload": {"timestamp_ms": 1764552000000, "speaking_rate": rate, "overlap_ratio": 0.1}}
    text, mask = json.dumps(said).encode(), b"\1\2\3\4"
    return struct.pack(">BBH", 0x81, 0x80 | 126, len(text)) + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(text))


def talk(n):
    return f"talk-{(n + 1) // 2}"


class Speakers:
    """Sockets of speakers 1 to n, each of which has been told who takes part. A bare loop (no key) says nothing."""

    def __init__(self, port, key, n):
        self.sockets = []
        while len(self.sockets) < n:
            numbers = range(len(self.sockets) + 1, min(n, len(self.sockets) + 100) + 1)
            some = [ws.listen(port, f"/v1/sessions/{talk(i)}/ws" + (f"?token={token(key, i)}" if key else ""), True) for i in numbers]
            self.sockets += some
            ws.hear(some, b"server.session_state" if key else b"\r\n\r\n")
        self.calm = [frame(i + 1, CALM) for i in range(n)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.sockets:
            one.close()


class Pace:
    """Frames of all, each once a second. `late`: the longest that a tick began after its time."""

    def __init__(self, speakers):
        self.speakers, self.tick, self.sent, self.late = speakers, 0, 0, 0.0
        self.next = time.monotonic()

    def step(self):
        """The sockets whose turn it is."""
        sockets, frames = self.speakers.sockets, self.speakers.calm
        for i in range(self.tick % TICKS, len(sockets), TICKS):
            sockets[i].sendall(frames[i])
            self.sent += 1
        self.tick += 1
        self.next += 1 / TICKS

    def wait(self):
        left = self.next - time.monotonic()
        self.late = max(self.late, -left)
        return max(0.0, left)

    def run(self, seconds):
        until = time.monotonic() + seconds
        first = self.sent
        while time.monotonic() < until:
            time.sleep(self.wait())
            self.step()
        return self.sent - first


def measure_frames(pace, cpu, seconds, warm):
    pace.run(warm)
    began, at = cpu(), time.monotonic()
    frames = pace.run(seconds)
    used, took = cpu() - began, time.monotonic() - at
    return {"frames_s": round(frames / took, 1), "server_us_per_frame": round(used * 1e6 / frames, 3) if frames else 0.0}


def measure_nudges(pace, seconds):
    """All speak on; some of the first speakers of a session too fast, each once. The time is that until whoever sent the frame hears of it."""
    sockets, poll, sent, heard = pace.speakers.sockets, select.epoll(), {}, []
    waiting = list(range(0, len(sockets), 2))[: int(NUDGED_S * seconds)]
    per_tick = max(1, NUDGED_S // TICKS)

    def listen(wait):
        for fd, _ in poll.poll(wait):
            i, at = sent[fd]
            if b"server.nudge" in sockets[i].recv(1 << 16):
                heard.append(time.monotonic() - at)
                poll.unregister(fd)
                del sent[fd]

    while waiting:
        for i in waiting[:per_tick]:
            sent[sockets[i].fileno()] = i, time.monotonic()
            poll.register(sockets[i], select.EPOLLIN)
            sockets[i].sendall(frame(i + 1, FAST))
        del waiting[:per_tick]
        while wait := pace.wait():
            listen(wait)
        pace.step()
    limit = time.monotonic() + PATIENCE_S
    while sent and time.monotonic() < limit:
        listen(0.1)
    if sent or not heard:
        raise ws.Unheard(f"{len(sent)} frames got no nudge")
    heard.sort()
    figure = lambda share: round(heard[min(len(heard) - 1, int(len(heard) * share))] * 1000, 3)
    return {"nudges": len(heard), "nudge_p50_ms": figure(0.5), "nudge_p99_ms": figure(0.99), "nudge_max_ms": round(heard[-1] * 1000, 3)}


def measure(port, key, n, memory, cpu, options):
    """`key` signs tokens; a bare loop has none, and no nudges."""
    with Speakers(port, key, min(n, 10)):
        pass
    before = memory()
    with Speakers(port, key, n) as speakers:
        after = memory()
        pace = Pace(speakers)
        figures = measure_frames(pace, cpu, options.seconds, options.warm)
        if key:
            figures |= measure_nudges(pace, options.seconds)
    return {"bytes_per_socket": round((after - before) / n, 1), **figures, "late_ms": round(pace.late * 1000, 1), "lawful": True}
