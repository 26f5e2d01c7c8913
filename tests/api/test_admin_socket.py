"""The operators' socket as whoever reaches it may use it: a line for a request, a line for an answer, for any client. And as nobody should:
peers that die, never read, never end, flood. Others are answered all the same, and the server ends in time."""
import json
import multiprocessing
import os
import random
import re
import resource
import select
import socket
import stat
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest

from admin import Operator, Refused
from client import wait_until
from launch import Server, binary, run
from managed import thread_of

INFO = b'{"v":1,"command":"info"}\n'
SCHEMA = b'{"v":1,"command":"schema"}\n'
GREETING = b"\0SP\0" + struct.pack(">HH", 0x30, 0)  # of the socket in earlier versions
HUGE = 1 << 24
PLACES = 256
README = Path(__file__).parents[2] / "README.md"


class Peer:
    """A raw connection to a socket, the operators' unless another is named."""

    def __init__(self, server, *parts, path=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path or f"{server.data}/admin.sock"))
        self.socket.settimeout(20)
        self.file = self.socket.makefile("rb")
        for part in parts:
            try:
                self.socket.sendall(part)
            except (BrokenPipeError, ConnectionResetError):  # thrown out: that is an answer
                break

    def ask(self, request=INFO):
        self.socket.sendall(request)
        return json.loads(self.file.readline())

    def rest(self):
        """The lines up to the end."""
        lines = []
        try:
            while line := self.file.readline():
                lines.append(line)
        except ConnectionResetError:  # not all was read of what was sent
            pass
        return lines

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture(scope="module")
def server(start_module_server, tmp_path_factory):
    path = tmp_path_factory.mktemp("viewers") / "v"
    server = start_module_server("--viewer-socket", path)
    server.viewers = path
    return server


@pytest.fixture(params=["operators", "viewers"])
def door(request, server):
    """The path of each of the two sockets."""
    return server.viewers if request.param == "viewers" else f"{server.data}/admin.sock"


def answered_in_time(server, door):
    """Others are, at both sockets. The machine may take its time too: what came late is asked again, a few times."""
    for path in (door, f"{server.data}/admin.sock", server.viewers):
        assert Operator(server, "--admin-socket", path).ask("info")["state"] == "serving"
        for _ in range(5):
            began = time.monotonic()
            with Peer(server, path=path) as peer:
                assert peer.ask()["data"]["state"] == "serving"
            if time.monotonic() - began < 1:
                break
        else:
            raise AssertionError(f"{path}: no answer within a second")


# ---- what it is ----

def test_modes(server):
    for path, mode in ((f"{server.data}/admin.sock", 0o600), (server.viewers, 0o660)):
        found = os.stat(path)
        assert stat.S_ISSOCK(found.st_mode) and found.st_mode & 0o777 == mode


def test_what_the_readme_types_into_socat(server):
    line = next(line for line in README.read_text().splitlines() if "socat" in line)
    command = re.sub(r" +#.*", "", line)
    (Path(server.folder) / "data").symlink_to(server.data)
    done = run("sh", "-c", command, cwd=server.folder)
    assert done.returncode == 0 and done.stderr == ""
    assert json.loads(done.stdout) == {"v": 1, "ok": True, "data": Operator(server)("rooms", "--top", 5)}


def test_a_line_is_answered_by_a_line(server):
    with Peer(server) as peer:
        for request in (INFO, INFO.replace(b"\n", b"\r\n")):
            answer = peer.ask(request)
            assert answer["v"] == 1 and answer["ok"] and answer["data"]["pid"] == server.process.pid
        assert peer.ask(b'{"v":1,"command":"workers","args":[]}\n')["ok"]
        assert peer.ask(b"\n") == {"v": 1, "ok": False, "error": 'a request is {"v":1,"command":NAME,"args":[...]}'}
        assert "there is no command" in peer.ask('{"v":1,"command":"tänze"}\n'.encode())["error"]


@pytest.mark.parametrize("line, says", [
    (b"{}", "a request is"), (b"[]", "a request is"), (b"nonsense", "a request is"), (b'{"v":2,"command":"info"}', "a request is"),
    (b'{"v":1,"command":"info","args":"x"}', "a request is"), (b'{"v":1,"command":"info","args":["x"]}', "usage: info"),
    (b'{"v":1,"command":"info","command":"info"}', "a request is"), (b"\xff\xfe", "a request is"), (b"[" * 60000, "a request is"),
    (b'{"v":1,"command":"info","args":' + json.dumps(["x"] * 17).encode() + b"}", "a request is"),
    (b'{"v":1,"command":"actors","args":["--top"]}', "--top needs N"), (b"x" * 65536, "a request is"),
], ids=range(12))
def test_every_line_has_its_answer(server, line, says):
    with Peer(server) as peer:
        assert says in peer.ask(line + b"\n")["error"]
        assert peer.ask()["ok"], "the next one is answered too"


def test_every_answer_is_one_line(server):
    """Also of what the database says, whose JSON has line feeds."""
    with Peer(server) as peer:
        for row in peer.ask(b'{"v":1,"command":"help"}\n')["data"]:
            if not row["changes"] and re.fullmatch(r"(\[[^\]]*\] ?)*", row["arguments"]):
                assert peer.ask(json.dumps({"v": 1, "command": row["command"]}).encode() + b"\n")["ok"], row


def test_the_kernel_says_who_asks(server):
    with Peer(server) as peer:
        assert peer.ask(b'{"v":1,"command":"trace","args":["stop"]}\n')["ok"] in (True, False)
    rows = wait_until(lambda: [row for row in Operator(server)("audit") if row["command"] == "trace"], what="a row of the audit")
    assert (rows[0]["uid"], rows[0]["pid"]) == (os.getuid(), os.getpid())


def test_viewers_change_nothing(server):
    with Peer(server, path=server.viewers) as peer:
        for words in (["drain"], ["shutdown"], ["memory", "trim"]):
            request = json.dumps({"v": 1, "command": words[0], "args": words[1:]}).encode() + b"\n"
            assert "not for viewers" in peer.ask(request)["error"]


# ---- how it may come ----

def test_bytes_one_by_one(server):
    with Peer(server, *(bytes([byte]) for byte in INFO)) as peer:
        assert json.loads(peer.file.readline())["ok"]


def test_many_lines_at_once_are_answered_in_order(server):
    requests = [b'{"v":1,"command":"c%d"}\n' % n for n in range(500)]
    with Peer(server, b"".join(requests)) as peer:
        for n in range(500):
            assert f'"c{n}"' in json.loads(peer.file.readline())["error"]


@pytest.mark.parametrize("sent, answers", [(INFO, 1), (INFO.rstrip(), 1), (INFO * 3 + SCHEMA.rstrip(), 4), (b"", 0), (b"{", 1)], ids=range(5))
def test_half_closed(server, door, sent, answers):
    with Peer(server, sent, path=door) as peer:
        peer.socket.shutdown(socket.SHUT_WR)
        assert len(peer.rest()) == answers


def test_a_request_of_one_who_does_not_wait_is_done(server):
    """As `socat -u` sends it."""
    Peer(server, b'{"v":1,"command":"log","args":["level","debug"]}\n').close()
    operator = Operator(server)
    wait_until(lambda: operator("log", "level")["value"] == "debug", what="the change")
    operator("log", "level", "info")


# ---- who does what nobody should ----

GARBAGE = {
    "nothing": [],
    "noise": [os.urandom(4096)],
    "zero bytes": [bytes(4096)],
    "an earlier version": [GREETING, b"\1" + struct.pack(">Q", 30) + INFO],
    "half a request": [INFO[:9]],
    "half a request behind one": [INFO + INFO[:9]],
    "a line without end": [b"x" * 70000],
    "more than is allowed": [b"x" * HUGE],
    "spaces without end": [b" " * HUGE],
    "too deep": [b"[" * 60000 + b"\n"],
    "no text": [b"\xff\xfe\0\n"],
    "many empty ones": [b"\n" * 10000],
    "never reads": [SCHEMA * 500],
}


def test_garbage_harms_nobody(server, door):
    peers = [Peer(server, *parts, path=door) for parts in GARBAGE.values()]
    answered_in_time(server, door)
    for peer in peers:
        peer.close()
    answered_in_time(server, door)


def test_a_line_too_long_is_told(server, door):
    for size in (65537, HUGE):
        with Peer(server, b"x" * size, path=door) as peer:
            assert ["64 KiB" in line.decode() for line in peer.rest()] == [True]


def test_an_earlier_client_is_told(server, door):
    with Peer(server, GREETING, path=door) as peer:
        assert ["lectern admin of its version" in line.decode() for line in peer.rest()] == [True]


def ticks(server, name):
    """The processor time of a thread."""
    fields = Path(f"/proc/{server.process.pid}/task/{thread_of(server.process.pid, name)}/stat").read_text().rsplit(")", 1)[1].split()
    return fields[0], int(fields[11]) + int(fields[12])


def rests(server):
    """Do its threads sleep, and a hundred looks later still without having run?"""
    before = [ticks(server, name) for name in ("admin", "commands")]
    for _ in range(100):
        select.select([], [], [], 0.002)
        now = [ticks(server, name) for name in ("admin", "commands")]
        if now != before or any(state != "S" for state, _ in now):
            return False
    return True


def test_who_connects_and_closes_harms_nobody(server, door):
    for _ in range(1000):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(door))
    answered_in_time(server, door)
    for parts in ([INFO], [INFO[:5]], [SCHEMA * 20], [GREETING]):
        for _ in range(100):
            Peer(server, *parts, path=door).close()
    answered_in_time(server, door)
    wait_until(lambda: rests(server), what="threads that rest")


def test_who_resets_harms_nobody(server, door):
    """Closed with answers that nobody has read."""
    for _ in range(100):
        with Peer(server, SCHEMA * 5, path=door) as peer:
            peer.file.readline()
    answered_in_time(server, door)


def test_peers_that_never_read_keep_nobody_waiting(server, door):
    peers = [Peer(server, SCHEMA * 64, path=door) for _ in range(32)]
    answered_in_time(server, door)
    for peer in peers:
        peer.close()


def test_a_flood_of_connections_takes_places_from_itself(server, door):
    """Those of another process keep theirs."""
    command = [binary(), "admin", "--admin-socket", str(door), "info", "--watch", "0.1", "--csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=server.surroundings(), bufsize=0) as watching:
        assert watching.stdout.readline()
        flood = [Peer(server, *([INFO[:3]] * (n % 2)), path=door) for n in range(2 * PLACES)]
        answered_in_time(server, door)
        for _ in range(5):
            assert watching.stdout.readline()
        watching.terminate()
        assert watching.communicate(timeout=30)[1] == b""
    for peer in flood:
        peer.close()
    assert Operator(server)("info")["open_files"] < PLACES + 200


def flood(server, door, seed):
    """Connects, asks and goes, as fast as it can; a process of its own."""
    luck, kept = random.Random(seed), []
    parts = [INFO, SCHEMA * 20, INFO[:7], b"", GREETING, b"x" * 70000, b"\n" * 100]
    while True:
        kept.append(Peer(server, luck.choice(parts), path=door))
        if len(kept) > 32:
            kept.pop(luck.randrange(len(kept))).close()


def test_while_somebody_floods_others_are_answered(server, door):
    flooding = [multiprocessing.Process(target=flood, args=(server, door, n), daemon=True) for n in range(2)]
    for process in flooding:
        process.start()
    try:
        wait_until(lambda: Operator(server)("info")["open_files"] > 64, what="a flood")
        for _ in range(3):
            answered_in_time(server, door)
    finally:
        for process in flooding:
            process.kill()
            process.join()
    answered_in_time(server, door)


def test_random_bytes(server, door):
    luck = random.Random(11)
    for _ in range(200):
        sent = bytes(luck.choice(b'{}[]",:v1\n\n\\ command\x00\xff') for _ in range(luck.randrange(2000)))
        with Peer(server, sent, path=door) as peer:
            try:
                peer.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # closed already
            assert not any(json.loads(line)["ok"] for line in peer.rest())
    answered_in_time(server, door)


# ---- ends ----

def test_the_server_ends_beside_peers_that_are_stuck(start_server):
    server = start_server()
    peers = [Peer(server, *parts) for parts in GARBAGE.values()]
    assert Operator(server)("info")["state"] == "serving"
    server.stop()
    for peer in peers:
        peer.close()
    assert not os.path.exists(f"{server.data}/admin.sock")


def test_a_command_that_runs_at_the_end_is_answered_or_cut(start_server):
    server = start_server()
    with Peer(server, INFO * 100) as peer:
        server.stop()
        assert all(json.loads(line)["ok"] for line in peer.rest())


def test_the_socket_of_a_server_that_was_killed_is_replaced(start_server):
    server = start_server()
    server.kill()
    assert os.path.exists(f"{server.data}/admin.sock")
    server.start()
    assert Operator(server)("info")["state"] == "serving"


def refused(*options):
    """What a server says that does not start."""
    server = Server(*options)
    try:
        with pytest.raises(AssertionError) as why:
            server.start()
        return str(why.value)
    finally:
        server.remove()


def test_a_file_that_is_no_socket_stays(tmp_path):
    (tmp_path / "notes").write_text("mine")
    assert "is there and is no socket" in refused("--admin-socket", tmp_path / "notes")
    (tmp_path / "link").symlink_to(tmp_path / "notes")
    assert "is there and is no socket" in refused("--viewer-socket", tmp_path / "link")
    assert (tmp_path / "notes").read_text() == "mine" and (tmp_path / "link").is_symlink()


def test_a_socket_that_another_server_listens_at_stays(server):
    assert "somebody listens at" in refused("--admin-socket", server.viewers)
    assert "somebody listens at" in refused("--viewer-socket", f"{server.data}/admin.sock")
    assert Operator(server)("info")["state"] == "serving"


def test_a_long_path(start_server, tmp_path):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    server = start_server("--admin-socket", deep / "s")
    assert Operator(server, "--admin-socket", deep / "s")("info")["state"] == "serving"
    with pytest.raises(Refused, match="no server answers"):
        Operator(server, "--admin-socket", deep / "t")("info")


def test_without_descriptors_one_who_comes_is_answered(start_server):
    server = start_server()
    fds = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    before = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (fds + 8, before[1]))
    crowd = [socket.create_connection((server.api.host, server.api.port), 5) for _ in range(40)]
    try:
        wait_until(lambda: "accepting pauses" in server.stderr(), what="a shortage")
        for _ in range(5):
            assert Operator(server).ask("info")["state"] == "serving"
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, before)
        for one in crowd:
            one.close()


# ---- a client and what it is not made for ----

class Impostor:
    """Listens at a path and tells whoever connects these bytes; silent without any."""

    def __init__(self, path, says):
        self.says, self.socket = says, socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen(8)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        kept = []
        while True:
            try:
                kept.append(self.socket.accept()[0])
                kept[-1].sendall(self.says)
            except OSError:
                return

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.mark.parametrize("says, admin, top", [
    (b"\0SP\0" + struct.pack(">HH", 0x31, 0), "is of another version", "is of another version"),
    (b"", "no server answers", "no answer for"),
    (b'{"v":1,"ok"', "no server answers", "no answer for"),
], ids=["an earlier server", "nothing", "half an answer"])
def test_who_answers_otherwise(tmp_path, says, admin, top):
    impostor = Impostor(tmp_path / "s", says)
    try:
        done = run(binary(), "admin", "--admin-socket", tmp_path / "s", "info")
        assert done.returncode == 1 and admin in done.stderr
        done = run(binary(), "top", "--admin-socket", tmp_path / "s", "--batch", "1")
        assert done.returncode == 1 and top in done.stderr
    finally:
        impostor.close()


def test_a_client_that_lost_its_place_asks_anew(start_server):
    """The connection between two questions is nothing that counts, nor is the server between them, if it comes back in time."""
    server = start_server()
    command = [binary(), "admin", "--data", server.data, "info", "--watch", "0.5", "--csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=server.surroundings(), bufsize=0) as watching:
        assert watching.stdout.readline() and watching.stdout.readline()
        flood = [Peer(server, INFO) for _ in range(2 * PLACES)]
        for _ in range(4):
            assert watching.stdout.readline()
        for peer in flood:
            peer.close()
        watching.terminate()
        assert watching.communicate(timeout=30)[1] == b""
