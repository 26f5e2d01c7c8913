"""Load for the crash tests: many streams that come back by themselves, posters in a closed loop, and the law they are
judged by: what was answered is kept once, what was kept is seen by every stream once and in order.

One thread holds all streams of a crowd (a selector); each poster is a thread. Knows how to post and to listen, not
what is being done to the server meanwhile.
"""
import json
import selectors
import socket
import threading
import time

from client import End, SseReader, Timeout, stream_request, wait_until

RETRY = 0.1


class Listener:
    """One person's stream across all its connections. `heard` maps each sequence number to (event, data)."""

    def __init__(self, api, session_id, who, last_id_in_query):
        self.api, self.session_id, self.who, self.last_id_in_query = api, session_id, who, last_id_in_query
        self.heard, self.last_id, self.last_seq = {}, None, None
        self.epochs, self.resets, self.faults = set(), 0, []
        self.connects, self.orderly_ends, self.unavailable = 0, 0, 0
        self.events = []
        self.socket, self.reader, self.retry_at = None, None, 0.0

    def open(self):
        self.reader = SseReader()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex((self.api.host, self.api.port))

    def ask(self):
        request = stream_request(f"{self.api.host}:{self.api.port}", self.session_id, self.who, last_id=self.last_id,
                                 last_id_in_query=self.last_id_in_query)
        self.socket.send(request)

    def take(self, data):
        for frame in self.reader.feed(data):
            self.events.append(frame.event)
            if frame.event == "connected":
                self.connects += 1
            if frame.event == "reset":
                self.resets += 1
            if frame.id:
                self._keep(frame)
        if self.reader.status not in (None, 200):
            self.unavailable += self.reader.status == 503
            if self.reader.status != 503:
                self.faults.append(f"refused with {self.reader.status}: {self.reader.body()[:200]!r}")
            return False
        return not self.reader.ended

    def _keep(self, frame):
        if self.last_seq is not None and frame.seq != self.last_seq + 1:
            self.faults.append(f"after {self.last_seq} came {frame.raw[:200]!r}")
        self.last_id, self.last_seq = frame.id, frame.seq
        self.epochs.add(frame.epoch)
        self.heard[frame.seq] = (frame.event, frame.data)

    def close(self):
        if self.reader.ended:
            self.orderly_ends += 1
        self.socket.close()
        self.socket, self.retry_at = None, time.monotonic() + RETRY

    def texts(self):
        return [data["text"] for _, (event, data) in sorted(self.heard.items()) if event == "chat"]


class Crowd:
    """All streams of a test on one thread; each reconnects with its last id whenever it ends."""

    def __init__(self, room, people, listener=Listener):
        self.listeners = [listener(room.api, room.id, who, at % 2 == 1) for at, who in enumerate(people)]
        self.selector = selectors.DefaultSelector()
        self.stopping = threading.Event()
        self.fault = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(20)
        for listener in self.listeners:
            if listener.socket:
                listener.socket.close()
        self.selector.close()

    def _run(self):
        try:
            while not self.stopping.is_set():
                self._turn()
        except Exception as fault:  # noqa: BLE001  (the test's thread reports it)
            self.fault = fault

    def _turn(self):
        now = time.monotonic()
        for listener in self.listeners:
            if listener.socket is None and listener.retry_at <= now:
                listener.open()
                self.selector.register(listener.socket, selectors.EVENT_WRITE, listener)
        for key, mask in self.selector.select(0.02):
            self._ready(key.data, mask)

    def _ready(self, listener, mask):
        try:
            if mask & selectors.EVENT_WRITE:
                listener.ask()
                self.selector.modify(listener.socket, selectors.EVENT_READ, listener)
                return
            data = listener.socket.recv(262144)
            going_on = bool(data) and listener.take(data)
        except BlockingIOError:
            return
        except OSError:
            going_on = False
        if not going_on:
            self.selector.unregister(listener.socket)
            listener.close()

    def wait(self, condition, what, timeout=30):
        def checked():
            assert self.fault is None, self.fault
            return all(condition(listener) for listener in self.listeners)

        wait_until(checked, timeout, what=what)

    def wait_connected(self, times=1):
        self.wait(lambda one: one.connects >= times, f"{times} connects of every stream")

    def wait_heard(self, text, timeout=60):
        """Every stream has seen the chat with this text."""
        self.wait(lambda one: any(data.get("text") == text for _, data in list(one.heard.values())[-400:]),
                  f"chat {text!r} on every stream", timeout)


class Poster(threading.Thread):
    """Posts chat in a closed loop. answered: text -> message id or None; open: texts whose answer was lost."""

    def __init__(self, room, who, pid, name, by_action):
        super().__init__(daemon=True)
        self.room, self.who, self.pid, self.name_, self.by_action = room, who, pid, name, by_action
        self.answered, self.open, self.refused = {}, [], []
        self.statuses = {}
        self.faults = []
        self.stopping = threading.Event()
        self.connection = None

    def run(self):
        turn = 0
        while not self.stopping.is_set():
            text = f"{self.name_}-{turn}"
            turn += 1
            try:
                self.connection = self.connection or self.room.api.connect()
            except OSError:
                self.stopping.wait(RETRY)
                continue
            self._post(text)
        if self.connection:
            self.connection.close()

    def _post(self, text):
        try:
            answer = self._send(text)
        except (OSError, End, Timeout) as fault:
            if isinstance(fault, Timeout):
                self.faults.append(str(fault))
            self.open.append(text)
            self.connection.close()
            self.connection = None
            return
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        if answer.status == 200:
            self.answered[text] = answer.json().get("message_id")
        elif answer.status == 503:
            self.refused.append(text)
            if answer.header("retry-after") is None:
                self.faults.append(f"503 without Retry-After: {answer!r}")
            self.stopping.wait(RETRY)
        else:
            self.faults.append(f"{text}: {answer!r}")
            self.stopping.wait(RETRY)
        if answer.header("connection") == "close":
            self.connection.close()
            self.connection = None

    def _send(self, text):
        query = {"user_id": self.who.id}
        if self.by_action:
            body = {"type": "chat", "text": text}
            return self.connection.request("POST", self.room.path("/action"), query, json=body)
        body = {"participant_id": self.pid, "message": text}
        return self.connection.request("POST", self.room.path("/chat"), query, json=body)


class Posters:
    def __init__(self, server, room, people, pids):
        self.server = server
        self.posters = [Poster(room, who, pid, f"p{at}", at % 2 == 0)
                        for at, (who, pid) in enumerate(zip(people, pids))]

    def __enter__(self):
        for poster in self.posters:
            poster.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for poster in self.posters:
            poster.stopping.set()
        for poster in self.posters:
            poster.join(40)
            assert not poster.is_alive(), "a poster hangs"

    def counts(self):
        return [len(poster.answered) for poster in self.posters]

    def wait_more(self, count, timeout=30):
        """Every poster has got that many more answers."""
        before = self.counts()

        def more():
            assert self.server.running(), f"the server ended: {self.server.stderr()[-4000:]}"
            return all(now >= then + count for now, then in zip(self.counts(), before))

        wait_until(more, timeout,
                   what=f"{count} more answers for every poster (they had {before})")

    def unavailable(self):
        return [poster.statuses.get(503, 0) for poster in self.posters]

    def faults(self):
        return [fault for poster in self.posters for fault in poster.faults]


def kept_texts(database, room):
    """The session's chat in the order of its sequence numbers: {seq: text}."""
    rows = database.rows("select seq, event_details->>'message' as text from logs "
                         f"where session_id = {room.id} and event_type = 'chat_message' order by seq")
    texts = {row["seq"]: row["text"] for row in rows}
    assert len(texts) == len(rows), "two log rows with one sequence number"
    return texts


def check_posts(database, room, posters):
    """Every post answered 200 is in the log, the table and the history once; nothing is there that nobody said."""
    kept = kept_texts(database, room)
    said = list(kept.values())
    assert len(set(said)) == len(said), "a post is in the log twice"
    table = database.rows(f"select message_id, message from chat_messages where session_id = {room.id}")
    history = room.history()
    assert sorted(row["message"] for row in table) == sorted(said)
    assert sorted(row["message"] for row in history) == sorted(said)
    ids = {row["message"]: row["message_id"] for row in history}
    for poster in posters.posters:
        for text, message_id in poster.answered.items():
            assert text in ids, f"answered and lost: {text}"
            assert message_id in (None, ids[text]), f"{text} was answered with id {message_id} and kept as {ids[text]}"
    posted = {text for poster in posters.posters for text in [*poster.answered, *poster.open, *poster.refused]}
    assert {text for text in said if text.startswith("p")} <= posted
    return kept


def check_streams(crowd, kept):
    """Every stream saw each kept chat after its first event once, in order; all streams heard the same."""
    told = {}
    for listener in crowd.listeners:
        assert not listener.faults, (listener.who.id, listener.faults[:5])
        assert listener.resets == 0, f"{listener.who.id} was reset"
        assert len(listener.epochs) == 1, listener.epochs
        seqs = sorted(listener.heard)
        assert seqs == list(range(seqs[0], seqs[-1] + 1)), "holes"
        for seq, (event, data) in listener.heard.items():
            if event == "chat":
                assert kept.get(seq) == data["text"], f"seq {seq}: heard {data['text']}, kept {kept.get(seq)}"
            else:
                assert seq not in kept, f"seq {seq}: kept {kept.get(seq)}, heard {event}"
            if event not in ("session_state", "resumed"):
                text = json.dumps(data, sort_keys=True)
                assert told.setdefault(seq, text) == text, f"two stories about {seq}: {told[seq]} and {text}"
        expected = [text for seq, text in sorted(kept.items()) if seqs[0] < seq]
        assert listener.texts() == expected[: len(listener.texts())]
        assert len(listener.texts()) == len(expected), "a stream missed the end"


def check_law(database, room, crowd, posters):
    """After the posters have stopped: one last chat reaches everybody, then everything is compared."""
    last = f"the end {time.monotonic()}"

    def said():
        answer = room.action(room.teacher, "chat", text=last)
        assert answer.status in (200, 503), answer
        return answer.status == 200

    wait_until(said, 30, 0.1, "the last chat")
    crowd.wait_heard(last)
    assert crowd.fault is None, crowd.fault
    assert posters.faults() == []
    check_streams(crowd, check_posts(database, room, posters))
