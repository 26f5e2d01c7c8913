"""tools/bench measures what it says: a run of a few tiny cases is lawful and complete, and a server that breaks the law is found out."""
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
RUN = TOP / "tools/bench/run"
LIMIT_S = 240
POSTING = ["posts_s", "post_p50_ms", "post_p99_ms", "post_max_ms", "deliveries_s", "delivery_p50_ms", "delivery_p99_ms", "delivery_max_ms",
           "server_us_per_post", "server_us_per_delivery", "postgres_us_per_post", "client_us_per_post"]
FETCHING = ["mb_s", "mb_cpu_s", "server_us_per_answer", "answers_s", "answer_p99_ms"]
LISTENING = {"sockets60": "bytes_per_listener", "deliver10": "server_us_per_delivery", "echo2": "echoes_cpu_s"}
COACHING = ["server_us_per_frame", "bytes_per_socket", "frames_s"]
ASKING = ["requests_s", "request_p50_ms", "request_p99_ms", "server_us"]
LAW = ["gaps", "dups", "missing", "refused", "lost", "unanswered"]


def run(*words):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=LIMIT_S, check=False)


@pytest.fixture(scope="module")
def build():
    """The folder that LECTERN_BIN was built in, else the release build."""
    named = Path(os.environ.get("LECTERN_BIN", TOP / "build/lectern")).resolve().parent
    folder = named if (named / "build.ninja").exists() else TOP / "build"
    done = run("ninja", "-C", folder, "lectern", "bench")
    assert done.returncode == 0, done.stdout[-4000:]
    return folder


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory(prefix="lt-bench-", dir="/tmp") as folder:
        yield folder


@pytest.fixture(scope="module")
def measured(build, place):
    done = run(RUN, "--build", build, "--place", place, "--only", "1x4x2", "--only", "get", "--only", "both8", "--only", "parts16", "--only", "beside20", "--only", "practice8", "--only", "waiting20",
               "--only", "coaching40", *(word for name in LISTENING for word in ("--only", name)), "--seconds", 1, "--warm", 0.2, "--rounds", 1, "--json", "-")
    assert done.returncode == 0, done.stderr[-4000:]
    return {case["case"]: case for case in json.loads(done.stdout)["cases"]}


@pytest.mark.parametrize("who", ["lectern", "reference"])
def test_the_law_holds(measured, who):
    row = measured["1x4x2"][who]
    assert row["lawful"] is True
    assert {name: row[name] for name in LAW} == dict.fromkeys(LAW, 0)
    assert row["posts_s"] > 0
    assert row["deliveries_s"] == pytest.approx(4 * row["posts_s"], rel=0.5)  # four streams hear every post
    assert measured["get"][who]["lawful"] is True
    assert measured["both8"][who]["lawful"] is True
    assert measured["parts16"][who]["lawful"] is True
    assert measured["beside20"][who]["lawful"] is True
    assert measured["practice8"][who]["lawful"] is True
    assert measured["waiting20"][who]["lawful"] is True
    assert measured["coaching40"][who]["lawful"] is True


@pytest.mark.parametrize("case, figures", [("1x4x2", POSTING), ("get", ASKING), ("both8", ASKING[:-1]), ("parts16", FETCHING), ("beside20", POSTING),
                                           ("practice8", ASKING[:-1]), ("waiting20", POSTING), ("coaching40", COACHING), *((name, [figure]) for name, figure in LISTENING.items())])
def test_every_figure_is_there(measured, case, figures):
    result = measured[case]
    for who in ("lectern", "reference"):
        assert [f for f in figures if not isinstance(result[who].get(f), (int, float))] == []
        assert len(result["rounds"][who]) == 1
    assert result["ratio"][figures[0]] > 0


def test_every_speaker_who_is_too_fast_is_nudged(measured):
    nudged = measured["coaching40"]["lectern"]
    assert nudged["nudges"] == 20 and 0 < nudged["nudge_p50_ms"] <= nudged["nudge_p99_ms"] <= nudged["nudge_max_ms"]


def test_more_sockets_than_descriptors_is_said(build, place):
    done = run("/bin/sh", "-c", f"ulimit -n 3000 && exec '{RUN}' --build '{build}' --place '{place}' --only coaching5000")
    assert done.returncode != 0 and "coaching5000 needs 7000 open files, and the limit is 3000" in done.stderr


def test_nothing_is_left_running(measured, place):
    found = [p for p in Path("/proc").glob("[0-9]*/cmdline") if place in words_of(p)]
    assert found == []


def words_of(path):
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


@pytest.mark.parametrize("words, sentence", [(["--only", "1x2"], "1x2 is no case"), (["--only", "99x1x1"], "1 to 64 rooms"),
                                             (["chess"], "no scenario is called chess")])
def test_a_wrong_word_is_named(words, sentence):
    done = run(RUN, *words)
    assert done.returncode != 0
    assert sentence in done.stderr and "Traceback" not in done.stderr


class Liar(threading.Thread):
    """A server for one stream and one poster that tells every post's events as `numbers` says: numbers(n) for the n-th post."""

    def __init__(self, numbers, status=200):
        super().__init__(daemon=True)
        self.numbers, self.status = numbers, status
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stream = None
        self.start()

    def run(self):
        while True:
            try:
                guest = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=[guest], daemon=True).start()

    def serve(self, guest):
        posts = 0
        while data := guest.recv(65536):
            if data.startswith(b"GET"):
                self.stream = guest
                guest.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                continue
            posts += 1
            mark = re.search(rb"@@\d+@@", data)[0]
            for number in self.numbers(posts):
                event = b"id: 1-%d\ndata: %s\n\n" % (number, mark)
                self.stream.sendall(b"%x\r\n%s\r\n" % (len(event), event))
            guest.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % self.status)

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


BREACHES = [
    ("nothing", lambda n: [n], 200),
    ("gaps", lambda n: [n if n < 3 else n + 1], 200),
    ("dups", lambda n: [n, n] if n == 3 else [n], 200),
    ("missing", lambda n: [] if n == 1 else [n], 200),
    ("refused", lambda n: [n], 503),
]


@pytest.mark.parametrize("breach, numbers, status", BREACHES, ids=[b[0] for b in BREACHES])
def test_the_client_finds_a_breach(build, breach, numbers, status):
    server = Liar(numbers, status)
    try:
        done = run(build / "bench/bench_load", "--port", server.port, "--streams", 1, "--posters", 1, "--rate", 50, "--warm", 0,
                   "--seconds", 1.5, "--drain", 0.5)
    finally:
        server.end()
    seen = json.loads(done.stdout)
    assert seen["posts"] > 3
    assert (done.returncode, seen["lawful"]) == ((0, True) if breach == "nothing" else (1, False)), seen
    assert breach == "nothing" or seen[breach] > 0
