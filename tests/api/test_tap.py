"""`lectern tap`: a running server's events for other programs by an nng PUB socket, whatever becomes of them and of the server."""
import json
import os
import re
import select
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from admin import Operator
from classroom import Room, ok
from client import wait_until
from launch import Server, binary, run
from managed import WALL, Frozen, thread_of

PLACES = 8192  # of events that a worker keeps
README = Path(__file__).parents[2] / "README.md"


class Lines:
    """What a child prints, as it comes."""

    def __init__(self, command, **more):
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, bufsize=0, **more)
        self.heard = []

    def line(self, patience=60):
        """The next line; None if none comes in time."""
        if not select.select([self.process.stdout], [], [], patience)[0]:
            return None
        line = self.process.stdout.readline().decode()
        assert line.endswith("\n"), f"it ended: {line!r} {self.heard[-5:]}"
        self.heard.append(line)
        return line

    def close(self, number=signal.SIGKILL):
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Tap(Lines):
    """`lectern tap`, which listens when this is made; `said` is what it complains of."""

    def __init__(self, server, *words, data=None):
        self.errors = f"{server.folder}/tap"
        with open(self.errors, "wb") as errors:
            super().__init__([binary(), "tap", "--data", data or server.data, *words], env=server.surroundings(), stderr=errors)
        line = self.line()
        assert line.startswith("publishing at ipc://"), line
        self.url = line.split()[-1]

    def said(self):
        return Path(self.errors).read_text()

    def end(self, number=signal.SIGTERM):
        """In order, and no sanitizer has anything to say."""
        assert self.close(number) == 0, self.said()
        assert "Sanitizer" not in self.said()


class Cat(Lines):
    """nngcat; an event is (topic, row)."""

    def __init__(self, tap, topic="room/"):
        super().__init__(["nngcat", "--sub0", "--dial", tap.url, "--subscribe", topic, "--raw"])

    def event(self, patience=60):
        line = self.line(patience)
        topic, row = line.split(" ", 1) if line else (None, "null")
        return topic, json.loads(row)

    def follow(self, act):
        """Until it is connected: does something again and again until that is heard."""
        for _ in range(100):
            act()
            if self.event(0.3)[0]:
                break
        else:
            raise AssertionError("nothing is heard")
        while self.event(1)[0]:  # the rest of it
            pass
        self.heard.clear()


def wave(room):
    room.act(room.teacher, "raise_hand")
    room.act(room.teacher, "lower_hand")


def kinds(cat, n):
    return [(topic, row["event"]) for topic, row in (cat.event() for _ in range(n))]


@pytest.fixture(scope="module")
def server(start_module_server, tmp_path_factory):
    path = tmp_path_factory.mktemp("viewers") / "v"
    server = start_module_server("--viewer-socket", path)
    server.viewers = path
    return server


def test_a_room_is_a_topic(server):
    """As the operators' own follower tells it; room 7 is not room 71."""
    rooms = [Room(server.api)]
    while rooms[-1].id < 71:
        rooms.append(Room(server.api, rooms[0].teacher))
    seven, other = rooms[6], rooms[70]
    assert (seven.id, other.id) == (7, 71)
    with Tap(server) as tap, Cat(tap, "room/7 ") as one, Cat(tap, "room/71 ") as two, Cat(tap) as all_:
        one.follow(lambda: wave(seven))
        two.follow(lambda: wave(other))
        all_.follow(lambda: wave(rooms[0]))
        wave(other)
        wave(seven)
        wave(rooms[0])
        assert kinds(one, 2) == [("room/7", "hand_raised"), ("room/7", "hand_lowered")]
        assert kinds(two, 2) == [("room/71", "hand_raised"), ("room/71", "hand_lowered")]
        assert {topic for topic, _ in kinds(all_, 6)} == {"room/7", "room/71", "room/1"}
        assert one.line(0.3) is None and two.line(0.3) is None
        rows = {(row["room"], row["seq"]): row for row in Operator(server)("events", "--count", 1000)}
        for line in all_.heard:
            row = json.loads(line.split(" ", 1)[1])
            assert row == rows[row["room"], row["seq"]]
        assert tap.url == f"ipc://{server.data}/tap.sock"
        found = os.stat(f"{server.data}/tap.sock")
        assert stat.S_ISSOCK(found.st_mode) and found.st_mode & 0o777 == 0o600
        tap.end()
        assert not os.path.exists(f"{server.data}/tap.sock")


def test_one_room_and_what_is_said(server, tmp_path):
    room, other = Room(server.api), Room(server.api)
    student = room.student()
    pid = room.join(student)
    stream = room.stream(student)
    with Tap(server, "--room", room.id, "--payload", "--listen", f"ipc://{tmp_path}/t") as tap, Cat(tap, "") as cat:
        cat.follow(lambda: wave(room))
        wave(other)
        ok(room.chat(student, pid, "grüß Gott\n"))
        topic, row = cat.event()
        assert topic == f"room/{room.id}" and row["event"] == "chat" and row["data"]["message"] == "grüß Gott\n"
        assert cat.line(0.3) is None
        tap.end(signal.SIGINT)
    with Tap(server, "--listen", f"ipc://{tmp_path}/t") as tap, Cat(tap, "") as cat:
        cat.follow(lambda: wave(room))
        ok(room.chat(student, pid, "a secret of ours"))
        assert kinds(cat, 1) == [(f"room/{room.id}", "chat")] and "secret" not in str(cat.heard)
    stream.close()


def test_viewers_may_but_not_what_is_said(server, tmp_path):
    room = Room(server.api)
    where = ["--admin-socket", server.viewers, "--listen", f"ipc://{tmp_path}/t"]
    with Tap(server, *where) as tap, Cat(tap) as cat:
        cat.follow(lambda: wave(room))
        tap.end()
    done = run(binary(), "tap", *where, "--payload", env=server.surroundings())
    assert done.returncode == 1 and "not for viewers" in done.stderr


def test_whatever_becomes_of_subscribers(server, tmp_path):
    """One is killed, one stands still, one never says what it is, many connect and close; the others and the server do not feel it."""
    room = Room(server.api)
    with Tap(server, "--listen", f"ipc://{tmp_path}/t") as tap, Cat(tap) as cat, Cat(tap) as killed, Cat(tap) as still:
        for one in (killed, still, cat):
            one.follow(lambda: wave(room))
        killed.close()
        still.process.send_signal(signal.SIGSTOP)
        silent = socket.socket(socket.AF_UNIX)
        silent.connect(str(tmp_path / "t"))
        with Operator_watching(server) as watching:
            for _ in range(50):  # nngcat keeps 128 that it has not printed
                wave(room)
            heard = [cat.event() for _ in range(100)]
            assert watching.line().startswith("version,")
        seqs = [row["seq"] for _, row in heard]
        assert seqs == list(range(seqs[0], seqs[0] + 100))
        silent.close()
        tap.end()
    assert Operator(server)("info")["state"] == "serving"


class Operator_watching(Lines):
    """Somebody who is answered by the server meanwhile."""

    def __init__(self, server):
        super().__init__([binary(), "admin", "--data", server.data, "info", "--watch", "0.1", "--csv"], env=server.surroundings())


def test_a_gap_is_told(start_server):
    """What was overwritten while the tap stood still is counted."""
    server = start_server()
    room, count = Room(server.api), 128
    for _ in range(count):
        room.join(room.student())
    with Tap(server) as tap, Cat(tap, "missed ") as gaps, Cat(tap) as cat:
        cat.follow(lambda: wave(room))
        before = Operator(server)("room", room.id)["seq"]
        tap.process.send_signal(signal.SIGSTOP)
        for turn in range(PLACES // count + 4):
            room.act(room.teacher, "mute_all", mute=turn % 2 == 0)
        after = Operator(server)("room", room.id)["seq"]
        tap.process.send_signal(signal.SIGCONT)
        topic, row = gaps.event()
        assert (topic, row["event"], row["room"]) == ("missed", "missed", 0)
        assert row["missed"] == after - before - PLACES
        wait_until(lambda: cat.event()[1]["seq"] == after, what="the newest event")
        tap.end()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_comes_goes_and_comes_back(end):
    server = Server()
    try:
        os.makedirs(server.data)
        with Tap(server) as tap, Cat(tap) as cat, Cat(tap, "missed ") as gaps:
            wait_until(lambda: "waiting: no server answers" in tap.said(), what="a tap that waits")
            server.start()
            room = Room(server.api)
            cat.follow(lambda: wave(room))
            getattr(server, end)()
            wait_until(lambda: tap.said().count("waiting:") == 2, what="a tap that waits again")
            assert gaps.line(0) is None
            server.start()
            for _ in range(20):  # at once, and none of them is lost: the new server has been told all of it from its first
                wave(room)
            topic, row = gaps.event()
            assert topic == "missed" and row["missed"] is None and set(row) == set(json.loads(cat_row(cat)))
            seqs = [json.loads(cat.heard[-1].split(" ", 1)[1])["seq"]] + [cat.event()[1]["seq"] for _ in range(39)]
            assert seqs == list(range(seqs[0], seqs[0] + 40))
            tap.end()
        server.stop()
    finally:
        server.remove()


def cat_row(cat):
    """The next hand that was raised or lowered, after whatever the start of the server has said."""
    while cat.event()[1]["event"] != "hand_raised":
        pass
    return cat.heard[-1].split(" ", 1)[1]


def test_a_server_that_stands_still_and_goes_on(server, tmp_path):
    room = Room(server.api)
    with Tap(server, "--listen", f"ipc://{tmp_path}/t") as tap, Cat(tap) as cat:
        cat.follow(lambda: wave(room))
        server.process.send_signal(signal.SIGSTOP)
        try:
            wait_until(lambda: "waiting: no server answers" in tap.said(), what="a tap that waits")
        finally:
            server.process.send_signal(signal.SIGCONT)
        wave(room)
        assert kinds(cat, 2) == [(f"room/{room.id}", "hand_raised"), (f"room/{room.id}", "hand_lowered")]
        tap.end()


def test_a_tap_that_was_killed_leaves_its_place_to_another(server, tmp_path):
    room = Room(server.api)
    for _ in range(2):
        tap = Tap(server, "--listen", f"ipc://{tmp_path}/t")
        tap.close()
    with Tap(server, "--listen", f"ipc://{tmp_path}/t") as tap, Cat(tap) as cat:
        cat.follow(lambda: wave(room))
        done = run(binary(), "tap", "--data", server.data, "--listen", f"ipc://{tmp_path}/t", env=server.surroundings())
        assert done.returncode == 2 and "somebody listens at" in done.stderr
        cat.follow(lambda: wave(room))


def test_a_tap_that_answers_no_subscriber_begins_anew(server, tmp_path):
    """As when nng's poller is lost; subscribers come back, and nothing between is lost to them that is there again in time."""
    room = Room(server.api)
    with Tap(server, "--listen", f"ipc://{tmp_path}/t") as tap, Cat(tap) as cat:
        cat.follow(lambda: wave(room))
        poller = Frozen(thread_of(tap.process.pid, "nng:poll:epoll"))
        poller.__enter__()  # and never goes on
        wait_until(lambda: "beginning anew" in tap.said(), timeout=60, what="another beginning")
        os.waitpid(poller.tid, WALL)
        assert tap.line().startswith("publishing at ")
        cat.follow(lambda: wave(room))
        tap.end()


@pytest.mark.parametrize("words, says", [
    (["--listen", "tcp://127.0.0.1:0"], "--listen needs ipc://"), (["--listen", "ipc://"], "--listen needs ipc://"), (["--listen"], "--listen needs ipc://"),
    (["--listen", "ipc:///nowhere/at/all"], "cannot listen at"), (["--listen", "ipc:///etc/passwd"], "is there and is no socket"),
    (["--listen", f"ipc:///{'x' * 120}/t"], "too long"), (["--room", "x"], "--room needs"), (["--room", "0"], "--room needs"), (["--room"], "--room needs"),
    (["--nonsense"], "nonsense"), (["--room", "99999999999"], "--room needs"),
], ids=range(11))
def test_mistakes(server, words, says):
    done = run(binary(), "tap", "--data", server.data, *words, env=server.surroundings())
    assert done.returncode == 2 and done.stderr.startswith("lectern tap: ") and says in done.stderr, done.stderr


def test_what_the_readme_types(start_server):
    server = start_server()
    section = README.read_text().split("`lectern tap` publishes")[1]
    lines = re.findall(r"```sh\n(.*?)```", section, re.S)[0].splitlines()
    assert lines[0].startswith("build/lectern tap &") and lines[1].startswith("nngcat ")
    folder = Path(server.folder)
    (folder / "data").symlink_to(server.data)
    rooms = [Room(server.api)]
    while rooms[-1].id < 7:
        rooms.append(Room(server.api, rooms[0].teacher))
    with Lines([binary(), *lines[0].split("&")[0].split()[1:]], cwd=folder, env=server.surroundings()) as tap:
        assert tap.line() == "publishing at ipc://./data/tap.sock\n"
        with Lines(["sh", "-c", "exec " + lines[1]], cwd=folder) as cat:
            for _ in range(100):
                wave(rooms[6])
                if (line := cat.line(0.3)):
                    break
            topic, row = line.split(" ", 1)
            assert topic == "room/7" and json.loads(row)["room"] == 7


def test_help():
    done = run(binary(), "tap", "--help")
    assert done.returncode == 0 and "--listen ipc://PATH" in done.stdout
    assert re.search(r"^  tap +publish", run(binary(), "help").stdout, re.MULTILINE)
