"""Who attacks: a class each, by its name in ATTACKERS. A process of its own does it (`main`), which is told to begin and to stop by lines on its
standard input, and says as lines of JSON that it is prepared, what it was answered, and what it found broken.

An attack has `lanes` threads that do `act` over and over; `prepare` comes before and `judge` after them, while what it holds is still held. Beside it
stands from how many `addresses` it comes in the short run, and by how many MiB it may make the server's memory and its sockets' grow: `resident` and `tcp`,
from many addresses MANY_TIMES as much."""
import itertools
import json
import os
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))
# pylint: disable=wrong-import-position
import coaching  # noqa: E402
import coaching_rooms  # noqa: E402
import practice  # noqa: E402
import tutor  # noqa: E402
import voices  # noqa: E402
from bystanders import crowd_of  # noqa: E402
from classroom import Room, login, new_phone, ok, person, register  # noqa: E402
from client import Api, Connection, End, SseReader, Timeout, encode_body, file_form, request_bytes, stream_request, target_of  # noqa: E402
from launch import Database, run  # noqa: E402
from sockets import TEXT, Socket, frame  # noqa: E402
from sounds import wav  # noqa: E402

MIB = 1 << 20
FAULTS = (OSError, End, Timeout)
ONE, MANY, MANY_TIMES = 1, 60, 6
PATIENCE_S = 60
PRIORITY = 5  # an attacker's processor is not the server's


class Caller(Api):
    """Comes from one of some addresses of this machine, in turns."""

    def __init__(self, host, port, sources):
        super().__init__(host, port)
        self.sources = itertools.cycle(sources)

    def connect(self, timeout=60.0):
        return Connection(self.host, self.port, timeout, next(self.sources))

    def dial(self, data=b"", receive_buffer=None, timeout=60.0):
        """A bare connection that has said this."""
        own = socket.socket()
        if receive_buffer:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        own.bind((next(self.sources), 0))
        own.settimeout(timeout)
        own.connect((self.host, self.port))
        own.sendall(data)
        return own

    def bytes_of(self, method, path, who=None, token=None, headers=None, **body):
        """A request, to be said many times."""
        content_type, data = encode_body(**body)
        headers = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        query = [("user_id", getattr(who, "id", who))] if who is not None else []
        return request_bytes(method, target_of(path, query), f"{self.host}:{self.port}", headers, content_type, data)


class Neighbour(Room):
    """A class that is there."""

    def __init__(self, api, teacher, number):  # pylint: disable=super-init-not-called
        self.api, self.teacher, self.id = api, teacher, number


class Attack:
    """`at` is the server as the attacker reaches it, `home` as others do; `long` asks for the size of the run by hand."""
    lanes, addresses = 4, ONE
    resident, tcp = 96, 64
    descriptors = 64  # that may be left afterwards
    least = 0  # acts before which it is not over, however long that takes
    short = True  # has a place in the short run

    def __init__(self, place, sources, long):
        self.place, self.long = place, long
        self.at, self.home = Caller("127.0.0.1", place["port"], sources), Api("127.0.0.1", place["port"])
        self.answers, self.lock, self.held = Counter(), threading.Lock(), []
        self.stopping, self.acts = threading.Event(), threading.Semaphore(0)

    def database(self):
        return Database(self.place["socket"], self.place["database_port"])

    def size(self, short, long):
        return long if self.long else short

    def note(self, what, n=1):
        with self.lock:
            self.answers[str(what)] += n

    def hold(self, own):
        """Kept until the end."""
        with self.lock:
            self.held.append(own)
        return own

    def idle(self):
        """This lane has done what it does; it waits for the end."""
        self.stopping.wait()

    def neighbour(self):
        """A new class on the worker where that of the by-standers is, nobody of which is in memory."""
        while True:
            teacher = person(self.home, "teacher")
            made = int(self.database().text(f"insert into sessions (title, created_by) values ('A class', {teacher.id}) returning session_id"))
            if made % self.place["workers"] == self.place["room"] % self.place["workers"]:
                return Neighbour(self.home, teacher, made)

    # ---- what each attack is ----

    def prepare(self):
        pass

    def act(self, lane):
        raise NotImplementedError

    def judge(self):
        """What is broken, as sentences, but for what by-standers see."""
        return []

    # ---- how it runs ----

    def lane(self, number):
        while not self.stopping.is_set():
            try:
                self.act(number)
            except FAULTS as fault:
                self.note(type(fault).__name__)
                self.stopping.wait(0.01)
            self.acts.release()

    def run(self, until):
        """The lanes go until until() returns."""
        threads = [threading.Thread(target=self.lane, args=(n,), daemon=True) for n in range(self.lanes)]
        for thread in threads:
            thread.start()
        until()
        deadline = time.monotonic() + PATIENCE_S
        for _ in range(self.least):
            self.acts.acquire(timeout=max(0.0, deadline - time.monotonic()))
        self.stopping.set()

    def release(self):
        for own in self.held:
            own.close()


class Holder(Attack):
    """Opens `count` connections that stay: `open` gives one."""

    def __init__(self, *more):
        super().__init__(*more)
        self.wanted, self.least = itertools.count(), self.count()

    def count(self):
        raise NotImplementedError

    def open(self, n):
        raise NotImplementedError

    def act(self, lane):
        n = next(self.wanted)
        if n < self.count():
            self.hold(self.open(n))
            self.note("open")
        else:
            self.idle()


class Pipelines(Attack):
    """Says one request many times without waiting for each answer."""
    depth = 16

    def request(self, lane):
        raise NotImplementedError

    def act(self, lane):
        own, said = self.at.dial(), self.request(lane) * self.depth
        with own:
            while not self.stopping.is_set():
                own.sendall(said)
                begun, got = 0, b""
                while begun < self.depth:
                    more = own.recv(65536)
                    if not more:
                        raise End("closed by the server")
                    got = got[-16:] + more
                    for part in got.split(b"HTTP/1.1 ")[1:]:
                        if len(part) >= 3:
                            self.note(part[:3].decode("latin-1"))
                            begun += 1
                    got = got[got.rfind(b"HTTP/1.1 ") + 12:] if b"HTTP/1.1 " in got else got


# ---- what the scripts of the first finding did ----

class HeldBodies(Holder):
    """Bodies that are almost sent, by nobody: identity comes before the body, or bytes held have a budget."""

    def count(self):
        return self.size(80, 400)

    def open(self, n):
        path = "/classes/00000000-0000-0000-0000-000000000000/students"
        head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {4 * MIB}\r\n\r\n".encode()
        own = self.at.dial(head)
        own.sendall(b"x" * (4 * MIB - 1))
        return own


class JsonBomb(Attack):
    """A body of a mebibyte of JSON that costs much to read, by nobody."""
    lanes, resident = 2, 192
    LIMIT = MIB - 64

    def bomb(self):
        raise NotImplementedError

    def prepare(self):
        self.request = self.at.bytes_of("POST", "/auth/register", body=self.bomb(), content_type="application/json")

    def act(self, lane):
        with self.at.connect() as own:
            own.send(self.request)
            self.note(own.answer("POST").status)


class WideJson(JsonBomb):
    """A list of very many lists."""

    def bomb(self):
        return b"[" + b",".join([b"[]"] * (self.LIMIT // 3)) + b"]"


class DeepJson(JsonBomb):
    """Lists in lists, as deep as the parser goes, very many times."""

    def bomb(self):
        one = b"[" * 30 + b"]" * 30
        return b"[" + b",".join([one] * (self.LIMIT // (len(one) + 1))) + b"]"


class ManyKeys(JsonBomb):
    """An object of very many keys."""

    def bomb(self):
        return b"{" + b",".join(b'"%x":0' % i for i in range(self.LIMIT // 10)) + b"}"


class BigRoom(Attack):
    """A class with very many people, of a teacher of the attacker's."""

    def people(self):
        raise NotImplementedError

    def prepare(self):
        ids = crowd_of(self.database(), self.people())
        self.room = self.neighbour()
        self.database().text(f"insert into participants (session_id, user_id) select {self.room.id}, user_id from generate_series({ids[0]}, {ids[-1]}) user_id")
        self.student = self.room.student()
        self.room.join(self.student)


class Gestures(BigRoom):
    """One gesture over all people of a large class, many at once."""
    resident = 160

    @property
    def lanes(self):
        return self.size(20, 100)

    def people(self):
        return self.size(3000, 10000)

    def act(self, lane):
        self.note(self.at.post(self.room.path("/action"), self.room.teacher, json={"type": "mute_all", "mute": bool(lane % 2)}).status)


class SlowEntering(BigRoom, Holder):
    """Streams of students to a large class, each greeted with all of its people, that are not read."""

    def people(self):
        return self.size(1000, 3000)

    def count(self):
        return self.size(200, 600)

    def open(self, n):
        return self.at.dial(stream_request("x", self.room.id, token=self.student.token), receive_buffer=2048)


class Lockout(Attack):
    """Wrong passwords for the account of a by-stander, who must get in all the same."""
    lanes = 2

    def act(self, lane):
        self.note(login(self.at, self.place["member"], "wrong-pass").status)


class LockoutFromMany(Lockout):
    """The same from many addresses at once."""
    lanes, addresses = 4, MANY


class GuessesAtOnce(Attack):
    """Very many guesses of one password at once: no more are compared than one after the other would be."""
    MOST = 10  # login-failures

    @property
    def lanes(self):
        return self.size(60, 160)

    least = lanes

    def prepare(self):
        self.victim, self.begun = person(self.home, "student"), [False] * self.lanes

    def act(self, lane):
        if self.begun[lane]:
            self.idle()
            return
        self.begun[lane] = True
        self.note(login(self.at, self.victim.phone, f"guess-{lane}").status)

    def judge(self):
        compared = self.answers["401"]
        return [f"{compared} of {sum(self.answers.values())} guesses at once were compared, {self.MOST} may be"] if compared > self.MOST else []


class GuessesAnywhere(Attack):
    """Wrong sign-ins for accounts that nobody has: each costs a hash."""
    lanes = 16

    def act(self, lane):
        self.note(login(self.at, new_phone(), "wrong-pass").status)


class SignUps(Attack):
    """One account after the other: each costs a hash."""

    @property
    def lanes(self):
        return self.size(24, 40)

    def act(self, lane):
        self.note(register(self.at, "student", password="p" * 60).status)


class SlowDownloads(Holder):
    """Downloads that are not read: what they hold stands in the kernel."""

    def count(self):
        return self.size(120, 300)

    def prepare(self):
        self.teacher = person(self.home, "teacher")
        kind, body = file_form({"title": "t"}, "file", "a.wav", "audio/wav", wav(size=self.size(8, 64) * MIB))
        with Connection(self.home.host, self.home.port, 60) as own:
            answer = own.request("POST", "/audio/upload", {"user_id": self.teacher.id}, content_type=kind, body=body)
        self.audio = ok(answer)["audio_id"]

    def open(self, n):
        return self.at.dial(self.at.bytes_of("GET", f"/audio/{self.audio}/stream", self.teacher), receive_buffer=2048)


class UnreadHistory(Holder):
    """A student's long chat, asked for by many who do not read the answer."""

    def count(self):
        return self.size(12, 20)

    def prepare(self):
        self.room = self.neighbour()
        self.student = self.room.student()
        pid = self.room.join(self.student)
        self.database().text("insert into chat_messages (session_id, participant_id, message) "
                           f"select {self.room.id}, {pid}, repeat('x', 8000) from generate_series(1, {self.size(2000, 4000)})")

    def open(self, n):
        return self.at.dial(self.at.bytes_of("GET", self.room.path("/chat"), token=self.student.token), receive_buffer=4096)


class Signals(Attack):
    """Large voice signals at somebody on a slow line, whose stream must not be cut for it."""
    lanes = 2

    def prepare(self):
        self.room = self.neighbour()
        self.student = self.room.student()
        self.room.join(self.student)
        self.target = self.room.join(self.room.teacher)
        self.cuts, self.listening = 0, None
        self.listen()

    def listen(self):
        """The slow one comes, or comes back."""
        own = Caller("127.0.0.1", self.place["port"], ["127.0.0.1"])
        self.listening = own.dial(stream_request("x", self.room.id, self.room.teacher), receive_buffer=32768, timeout=1)
        threading.Thread(target=self.read_slowly, args=(self.listening,), daemon=True).start()

    def read_slowly(self, own):
        """125 kB/s"""
        try:
            while own.recv(6250):
                if self.stopping.wait(0.05):
                    return
        except TimeoutError:
            self.read_slowly(own)
            return
        except OSError:
            pass
        if not self.stopping.is_set():
            self.cuts += 1
            self.listen()

    def act(self, lane):
        answer = self.at.post(self.room.path("/action"), token=self.student.token,
                              json={"type": "webrtc_signal", "target_participant_id": self.target, "payload": {"sdp": "x" * 250000}})
        self.note(answer.status)

    def judge(self):
        return [f"the stream of whoever was signalled was cut {self.cuts} times"] if self.cuts else []


class UploadPlaces(Holder):
    """Uploads of one teacher that never end; another teacher can upload meanwhile."""

    def count(self):
        return self.size(200, 200)

    def prepare(self):
        self.teacher, self.other = person(self.home, "teacher"), person(self.home, "teacher")
        kind, body = file_form({"title": "t"}, "file", "a.wav", "audio/wav", wav())
        head = self.at.bytes_of("POST", "/audio/upload", self.teacher, content_type=kind, body=body)
        self.begun = head.replace(f"Content-Length: {len(body)}".encode(), b"Content-Length: 100000000")[:-60]

    def open(self, n):
        return self.at.dial(self.begun)

    def judge(self):
        kind, body = file_form({"title": "t"}, "file", "a.wav", "audio/wav", wav())
        codes = {self.home.post("/audio/upload", self.other, content_type=kind, body=body).status for _ in range(4)}
        return [] if codes == {200} else [f"another teacher's uploads were answered {sorted(codes)}"]


class UploadBytes(Attack):
    """One teacher stores and stores."""
    lanes = 2
    MOST = 4 << 30  # of one person, ever

    def prepare(self):
        self.teacher = person(self.home, "teacher")
        self.kind, self.body = file_form({"title": "t"}, "file", "a.wav", "audio/wav", wav(size=self.size(10, 50) * MIB))

    def act(self, lane):
        with self.at.connect() as own:
            self.note(own.request("POST", "/audio/upload", {"user_id": self.teacher.id}, content_type=self.kind, body=self.body).status)

    def judge(self):
        stored = self.answers["200"] * len(self.body)
        return [f"one teacher stored {stored / 1e9:.1f} GB"] if stored > self.MOST else []


class Invitations(Attack):
    """Invitations of one student with many devices, again and again: not each is a push to each device, and another teacher's is told."""
    DEVICES = 50
    MOST = 20  # pushes to a device, in the time of the attack
    least = 60

    @property
    def lanes(self):
        return self.size(8, 20)

    def prepare(self):
        self.room, self.other = Room(self.home), Room(self.home)
        self.student, self.pupil = self.room.student(), self.other.student()
        self.database().text(f"insert into fcm_tokens (user_id, token) select {self.student.id}, 'device-{self.student.id}-' || n from generate_series(1, {self.DEVICES}) n")
        self.database().text(f"insert into fcm_tokens (user_id, token) values ({self.pupil.id}, 'device-{self.pupil.id}')")
        coaching_rooms.jobs(self)

    def act(self, lane):
        self.note(self.at.post(self.room.path("/invite"), self.room.teacher, form={"student_id": self.student.id}).status)

    def judge(self):
        faults, pushes = [], int(self.database().text(f"select count(*) from public.put_out where payload ->> 'user_id' = '{self.student.id}'"))
        if pushes > self.MOST * self.DEVICES:
            faults.append(f"{pushes} pushes to {self.DEVICES} devices")
        answer = self.other.invite(self.pupil)
        if answer.status != 200 or answer.json()["notifications_sent"] != 1:
            faults.append(f"another teacher's invitation was answered {answer}")
        return faults


class ChatFlood(Pipelines):
    """One student writes over many connections into a class."""

    @property
    def lanes(self):
        return self.size(24, 64)

    def prepare(self):
        self.room = self.neighbour()
        self.student = self.room.student()
        self.room.join(self.student)
        self.path = self.room.path("/action")

    def request(self, lane):
        return self.at.bytes_of("POST", self.path, token=self.student.token, json={"type": "raise_hand"})


class ClassFlood(ChatFlood):
    """The same into the class of the by-standers."""
    short = False  # whoever reads 50 streams in one thread drowns too

    def prepare(self):
        self.student = person(self.home, "student")
        self.path = f"/sessions/{self.place['room']}/action"
        ok(self.home.post(f"/sessions/{self.place['room']}/join", self.student))


class ManyStreams(Holder):
    """Very many streams of one student to a class."""
    MOST = 100  # of one person
    lanes = 8

    def count(self):
        return self.size(600, 3000)

    def prepare(self):
        self.room = self.neighbour()
        self.student = self.room.student()

    def open(self, n):
        own = self.at.dial(stream_request("x", self.room.id, token=self.student.token))
        reader = SseReader()
        while reader.status is None:
            more = own.recv(4096)
            if not more:
                raise End("closed by the server")
            reader.feed(more)
        self.note(reader.status)
        return own

    def judge(self):
        return [f"one student has {self.answers['200']} streams of one class"] if self.answers["200"] > self.MOST else []


class OperatorsSocket(Attack):
    """Connects to the operators' socket and closes at once; operators are answered all the same."""

    def act(self, lane):
        with socket.socket(socket.AF_UNIX) as own:
            own.connect(f"{self.place['data']}/admin.sock")
        self.note("closed")
        self.stopping.wait(0.02)

    def judge(self):
        answered = run(self.place["binary"], "admin", "--data", self.place["data"], "info", "--json")
        return [] if answered.returncode == 0 else [f"operators are not answered: {answered.stderr.strip()}"]


# ---- coaching ----

class Frames(Attack):
    """Measurements of a session over many sockets, as fast as they go."""

    @property
    def lanes(self):
        return self.size(8, 32)

    def prepare(self):
        self.two = coaching.couple(self.home)
        self.sid = coaching.session(self.home, self.two.ada, self.two.id, self.two.ben)
        said = json.dumps({"type": "client.feature_frame", "sid": self.sid, "payload": coaching_rooms.FAST})
        self.said = b"".join(frame(TEXT, said) for _ in range(200))

    def act(self, lane):
        who = self.two.ada if lane % 2 else self.two.ben
        with Socket(self.at, coaching_rooms.session_path(self.sid, who), timeout=60) as own:
            self.note(own.status)
            while own.status == 101 and not self.stopping.is_set():
                own.send(self.said)
                self.note("frames", 200)


class CoachingSignUps(Attack):
    """One account of coaching after the other."""

    @property
    def lanes(self):
        return self.size(24, 40)

    def act(self, lane):
        self.note(coaching.sign_up(self.at, password="p" * 60).status)


class Voices(Attack):
    """A person's voice is enrolled again and again, with long sounds."""
    lanes = 8

    def prepare(self):
        self.people = [coaching.account(self.home) for _ in range(self.lanes)]
        self.sound = voices.wav(seconds=self.size(20.0, 60.0))

    def act(self, lane):
        who = self.people[lane]
        begun = self.at.post("/v1/voice/enrollment/start", token=who.token)
        self.note(begun.status)
        if begun.status == 200:
            self.note(voices.upload(self.at, who, begun.json()["enrollment_id"], self.sound).status)
            self.note(voices.complete(self.at, who, begun.json()["enrollment_id"]).status)


class Mails(Attack):
    """Invitations by mail to ever new addresses."""
    lanes = 8

    def prepare(self):
        self.two = coaching.couple(self.home, kind="family")

    def act(self, lane):
        self.note(coaching.invite(self.at, self.two.ada, self.two.id).status)


class Pokes(Attack):
    """Pokes, as fast as they go."""
    lanes = 8

    def prepare(self):
        self.two = coaching.couple(self.home)

    def act(self, lane):
        body = {"relationship_id": self.two.id, "receiver_id": self.two.ben.id, "type": "love"}
        self.note(self.at.post("/v1/pokes", token=self.two.ada.token, json=body).status)


# ---- practice ----

class Questions(Attack):
    """One student asks the tutor in very many conversations at once; another one's question has a reply all the same."""
    descriptors = 192  # connections to the model are kept for a while

    @property
    def lanes(self):
        return self.size(100, 400)

    def prepare(self):
        self.student, self.other = practice.account(self.home), practice.account(self.home)
        self.talks = [tutor.chat(self.home, self.student) for _ in range(self.lanes)]
        self.talk = tutor.chat(self.home, self.other)

    def act(self, lane):
        self.note(tutor.say(self.at, self.student, self.talks[lane]).status)

    def judge(self):
        answer = tutor.say(Caller(self.home.host, self.home.port, ["127.0.0.1"]), self.other, self.talk, "And I?")
        return [] if answer.status in (200, 201) and tutor.MANY not in answer.body.decode() else [f"another student's question was answered {answer}"]


class Submissions(Attack):
    """Submissions as large as bodies may be."""
    lanes = 8

    def prepare(self):
        teacher, self.student = practice.account(self.home, "teacher"), practice.account(self.home)
        self.exercise = practice.exercise(self.home, teacher)["id"]
        self.code = "x" * (MIB - 4096)

    def act(self, lane):
        self.note(practice.submit(self.at, self.student, self.exercise, self.code).status)


# ---- attendance and courses ----

class Rosters(Attack):
    """A teacher's list of very many classes, asked for again and again."""
    lanes = 8
    resident = 192

    def prepare(self):
        self.teacher = person(self.home, "teacher")
        done = run(self.place["binary"], "role", "grant", self.teacher.id, "attendance", "teacher", "--data", self.place["data"])
        assert done.returncode == 0, done
        made = self.home.post("/classes", token=self.teacher.token, json={"code": new_phone(), "name": "A class", "section": "A"})
        assert made.status == 201, made
        rolls = [{"rollNo": f"R{n}", "name": f"Student {n}"} for n in range(self.size(300, 500))]
        first = made.json()["id"]
        ok(self.home.put(f"/classes/{first}/students", token=self.teacher.token, json={"students": rolls}))
        self.database().text(
            "with made as (insert into attendance.classes (code, name, section, teacher_id) select code || '-' || n, name, section, teacher_id "
            f"from attendance.classes, generate_series(1, {self.size(60, 200)}) n where id = '{first}' returning id) "
            f"insert into attendance.class_students (class_id, student_id) select made.id, student_id from made, attendance.class_students where class_id = '{first}'")
        self.request = self.at.bytes_of("GET", "/classes", token=self.teacher.token)

    def act(self, lane):
        with self.at.connect() as own:
            own.send(self.request)
            self.note(own.answer().status)


class Courses(Attack):
    """The list of very many courses, asked for again and again."""
    lanes = 8
    resident = 192

    def prepare(self):
        self.student = person(self.home, "student")
        done = run(self.place["binary"], "role", "grant", self.student.id, "courses", "student", "--data", self.place["data"])
        assert done.returncode == 0, done
        self.database().text(f"insert into courses.course (course_title) select 'A course ' || n from generate_series(1, {self.size(5000, 20000)}) n")
        self.request = self.at.bytes_of("GET", "/courses", token=self.student.token)

    def act(self, lane):
        with self.at.connect() as own:
            own.send(self.request)
            self.note(own.answer().status)


ATTACKERS = {one.__name__: one for one in (
    HeldBodies, WideJson, DeepJson, ManyKeys, Gestures, SlowEntering, Lockout, LockoutFromMany, GuessesAtOnce, GuessesAnywhere, SignUps, SlowDownloads,
    UnreadHistory, Signals, UploadPlaces, UploadBytes, Invitations, ChatFlood, ClassFlood, ManyStreams, OperatorsSocket, Frames, CoachingSignUps, Voices, Mails, Pokes,
    Questions, Submissions, Rosters, Courses)}


def say(**what):
    print(json.dumps(what), flush=True)


def told(word):
    line = sys.stdin.readline().strip()
    if line != word:
        os._exit(1)  # whoever started this is gone; nobody is waited for


def main():
    """Takes the server, JSON as harness.py tells of it, and on standard input the attack."""
    os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    chosen = json.loads(sys.stdin.readline() or "{}")
    if not chosen:
        return
    sources = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(chosen["addresses"])]
    attack = ATTACKERS[chosen["name"]](json.loads(sys.argv[1]), sources, chosen["long"])
    attack.prepare()
    say(prepared=True)
    told("go")
    attack.run(lambda: told("stop"))
    say(answers=attack.answers, faults=attack.judge())
    told("release")
    attack.release()
    say(released=True)
    os._exit(0)  # lanes that still wait for an answer are not waited for


if __name__ == "__main__":
    main()
