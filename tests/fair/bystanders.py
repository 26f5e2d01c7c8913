"""Who must not notice an attack: a class of people who listen, one who posts at a steady rate, one who signs in each second. Times count from when
something was due, so that whoever is held up once is late with all that follows. One Window holds what was due while it was open."""
import math
import statistics
import threading
import time
from contextlib import suppress

from classroom import Room, login, new_phone, person
from client import Api, End, Timeout, wait_until
from crowd import Crowd, Listener

STREAMS, POSTS_S, SIGN_INS_S = 50, 20, 1
PASSWORD = "pass123"
PATIENCE = 60.0


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))] if values else 0.0


class Hearer(Listener):
    """Notes when it has heard each text."""

    def __init__(self, *more):
        super().__init__(*more)
        self.heard_at = {}

    def _keep(self, frame):
        if frame.event == "chat":
            self.heard_at[frame.data["text"]] = time.monotonic()
        super()._keep(frame)


class Steady(threading.Thread):
    """Does `act(n)` for n = 0, 1, … at a rate, one after the other; `done` has (n, due, ended, what it gave or the name of what went wrong). What would
    begin more than LATE_S after it was due falls away, so that who was held up does not stay behind for ever."""
    LATE_S = 1.0

    def __init__(self, rate, act):
        super().__init__(daemon=True)
        self.rate, self.act, self.done = rate, act, []
        self.began, self.next, self.stopping = time.monotonic(), 0, threading.Event()

    def due(self, n):
        return self.began + n / self.rate

    def run(self):
        while not self.stopping.wait(max(0.0, self.due(self.next) - time.monotonic())):
            n = max(self.next, math.ceil((time.monotonic() - self.LATE_S - self.began) * self.rate))
            try:
                given = self.act(n)
            except (OSError, End, Timeout) as fault:
                given = type(fault).__name__
            self.done.append((n, self.due(n), time.monotonic(), given))
            self.next = n + 1

    def past(self, moment):
        return self.due(self.next) > moment

    def between(self, begin, end):
        return [one for one in list(self.done) if begin <= one[1] < end]


class Window:
    """What by-standers saw of what was due in some time. `unheard`: deliveries that never came."""

    def __init__(self, posts=(), sign_ins=(), deliveries=(), cuts=0, faults=(), unheard=0):
        self.posts, self.sign_ins, self.deliveries = list(posts), list(sign_ins), list(deliveries)
        self.cuts, self.faults, self.unheard = cuts, list(faults), unheard

    def __add__(self, other):
        return Window(self.posts + other.posts, self.sign_ins + other.sign_ins, self.deliveries + other.deliveries,
                      self.cuts + other.cuts, self.faults + other.faults, self.unheard + other.unheard)

    def times(self):
        return {"delivery": self.deliveries, "sign-in": [ended - due for _, due, ended, _ in self.sign_ins]}

    def p99(self):
        return {what: quantile(times, 0.99) for what, times in self.times().items()}

    def refused(self):
        """Answers that by-standers got and should not have: {what: number}"""
        given = [f"post {answer}" for *_, answer in self.posts if answer != 200] + [f"sign-in {answer}" for *_, answer in self.sign_ins if answer != 200]
        return {what: given.count(what) for what in sorted(set(given))}

    def __str__(self):
        p99 = self.p99()
        middle = statistics.median(self.deliveries) if self.deliveries else 0
        return f"delivery p50 {middle * 1000:.0f} p99 {p99['delivery'] * 1000:.0f}, sign-in p99 {p99['sign-in'] * 1000:.0f} ms"


class Patient(Api):
    """Waits long for an answer: how long it takes is what is judged."""

    def connect(self, timeout=PATIENCE):
        return super().connect(timeout)


class Bystanders:
    """`room` is their class, `member` one of its listeners with a phone number and password, who signs in. Enter, then open windows."""

    def __init__(self, server, streams=STREAMS):
        self.api = server.api
        self.member = person(self.api, "student")
        self.room = Room(self.api)
        self.people = [self.member.id, *crowd_of(server.database(), streams - 1)]
        self.crowd = Crowd(self.room, self.people, Hearer)
        self.connection = None
        self.poster, self.signer = Steady(POSTS_S, self.post), Steady(SIGN_INS_S, self.sign_in)

    def __enter__(self):
        self.crowd.__enter__()
        self.crowd.wait_connected()
        for one in (self.poster, self.signer):
            one.began = time.monotonic()
            one.start()
        return self

    def __exit__(self, *_):
        for one in (self.poster, self.signer):
            one.stopping.set()
            one.join(PATIENCE)
        self.crowd.__exit__()
        if self.connection:
            self.connection.close()

    def post(self, n):
        try:
            self.connection = self.connection or self.api.connect(PATIENCE)
            body = {"type": "chat", "text": f"text {n}"}
            answer = self.connection.request("POST", self.room.path("/action"), {"user_id": self.room.teacher.id}, json=body)
        except (OSError, End, Timeout):
            if self.connection:
                self.connection.close()
            self.connection = None
            raise
        return answer.status

    def sign_in(self, _):
        return login(Patient(self.api.host, self.api.port), self.member.phone, PASSWORD).status

    # ---- windows ----

    def cuts(self):
        return sum(max(0, one.connects - 1) for one in self.crowd.listeners)

    def faults(self):
        assert self.crowd.fault is None, self.crowd.fault
        return [fault for one in self.crowd.listeners for fault in one.faults]

    def open(self):
        return time.monotonic(), self.cuts(), len(self.faults())

    def close(self, opened):
        """Waits until all that was due has ended and been heard."""
        (begin, cuts, faults), end = opened, time.monotonic()
        wait_until(lambda: self.poster.past(end) and self.signer.past(end), PATIENCE, what="what by-standers do")
        posts = self.poster.between(begin, end)
        texts = [f"text {n}" for n, *_, answer in posts if answer == 200]
        heard = [one.heard_at for one in self.crowd.listeners]
        with suppress(Timeout):
            wait_until(lambda: all(one.keys() >= set(texts) for one in heard), PATIENCE, what="all posts on all streams")
        due = {f"text {n}": at for n, at, *_ in posts}
        deliveries = [one[text] - due[text] for one in heard for text in texts if text in one]
        unheard = len(texts) * len(heard) - len(deliveries)
        return Window(posts, self.signer.between(begin, end), deliveries, self.cuts() - cuts, self.faults()[faults:], unheard)


def crowd_of(database, count, role="student"):
    """So many people more, as rows: their ids. Nobody signs in as one of them."""
    word = new_phone()
    made = database.text(f"insert into account.users (name, phone_number, password_hash, role) select 'Somebody ' || n, '{word}-' || n, 'none', '{role}' "
                         f"from generate_series(1, {count}) n returning user_id")
    return sorted(map(int, made.split()))
