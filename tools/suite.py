#!/usr/bin/python3 -B
"""Runs the tests: checks, unit tests under address+undefined sanitizers, the runtime under the thread sanitizer, black-box tests.

tools/test calls it: suite.py [NAME...]. A NAME is a part, or a pattern for the names of unit tests, black-box files and cases. Everything that
passes or fails is counted; the last line is "N passed, N failed", and the exit code tells whether anything failed.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orphans

TOP = Path(__file__).resolve().parents[1]
PYTHON = "/usr/bin/python3"
CORES = len(os.sched_getaffinity(0))
ASAN, TSAN = TOP / "build/asan", TOP / "build/tsan"
TSAN_TESTS = r"^(actors|sim|transport/admin|transport/metrics|proto/config/config_live)"
BLACK_BOX = ("tests/api", "tests/store", "tests/tools", "tests/web")
CASES = ("test_*.py", "*.test.mjs")
NODE_MODULES = TOP / "build/npm-tests"
FILE_LIMIT_S = 480
CHECKS = ("includes", "circles", "products", "sql", "sleeps", "atomics", "live", "prologue", "names", "format")
RUNNING = set()  # children that have not been asked to end
STOPPED = threading.Event()
SURROUNDINGS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "LECTERN_BIN": str(ASAN / "lectern"),
    "LECTERN_NODE_MODULES": str(NODE_MODULES),
    "PYTHONDONTWRITEBYTECODE": "1",
}


class Tally:
    """What has passed and failed, over all parts."""

    def __init__(self):
        self.passed, self.failed = 0, []

    def add(self, name, good, output=""):
        if good:
            self.passed += 1
            return
        self.failed.append(name)
        print(f"FAILED {name}\n{output.rstrip()[-20000:]}", flush=True)


def stop(number, _):
    """Ctrl-C and its like: what runs is interrupted, and nothing more begins."""
    for known in orphans.STOPPING:
        signal.signal(known, signal.SIG_IGN)
    STOPPED.set()
    say("stopping")
    for child in list(RUNNING):
        interrupt(child)
    sys.exit(128 + number)


def say(text):
    print(f"== {text}", flush=True)


def surroundings():
    """The environment of tests: nothing of the caller's configures the server."""
    kept = {k: v for k, v in os.environ.items()
            if not k.startswith("LECTERN_") and k not in ("DATABASE_URL", "JWT_SECRET", "CORS_ORIGINS", "FIREBASE_SERVICE_ACCOUNT_KEY", "KAFKA_BOOTSTRAP_SERVERS", "CTEST_OUTPUT_ON_FAILURE")}
    rounds = {k: v for k, v in os.environ.items() if k.endswith("_ROUNDS")}
    return {**kept, **rounds, **SURROUNDINGS}


def run(command, limit=None):
    """Runs to the end or the limit; then interrupts, so that fixtures end their servers, and at last kills. (code, output)"""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        child = subprocess.Popen(list(map(str, command)), cwd=TOP, env=surroundings(), stdin=subprocess.DEVNULL, stdout=output,
                                 stderr=subprocess.STDOUT, start_new_session=True)
        RUNNING.add(child)
        note = ""
        try:
            child.wait(limit)
        except subprocess.TimeoutExpired:
            note = f"\n(took more than {limit} s)"
            end(child)
        except BaseException:
            end(child)
            raise
        finally:
            RUNNING.discard(child)
        output.seek(0)
        return (child.returncode if not note else 1), output.read() + note


def interrupt(child):
    """Once: a second interruption would cut short how the first is answered."""
    if child in RUNNING:
        RUNNING.discard(child)
        child.send_signal(signal.SIGINT)


def end(child):
    interrupt(child)
    try:
        child.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


# ---- parts: each takes the tally and a pattern or None, and returns whether it found anything to do ----

def checks(tally, pattern):
    wanted = [c for c in CHECKS if not pattern or re.search(pattern, f"checks/{c}")]
    for name in wanted:
        code, output = run([PYTHON, "-B", f"tools/checks/{name}.py"])
        tally.add(f"checks/{name}", code == 0, output)
        if code == 0 and output:
            print(output.rstrip())
    if wanted:
        print(run([PYTHON, "-B", "tools/checks/lengths.py"])[1].rstrip())
    return bool(wanted)


def build(tally, preset, folder, *targets):
    """Configures if need be, builds. False, and counted as a failure, if that fails."""
    code, output = run(["tools/configure", preset])
    if not code:
        say(f"building {folder.relative_to(TOP)}: {' '.join(targets)}")
        code, output = run(["ninja", "-C", folder, *targets])
    tally.add(f"build/{preset}", code == 0, output)
    return code == 0


def ctest(tally, folder, pattern, label):
    """Runs the unit tests of a build whose names fit."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.xml")
        _, output = run(["ctest", "--test-dir", folder, "-j", CORES, "--timeout", 120, "--output-junit", report, "-R", pattern])
        if not report.exists():
            tally.add(f"{label}/ctest", False, output)
            return True
        cases = xml.parse(report).getroot().findall("testcase")
    for case in cases:
        tally.add(f"{label}/{case.get('name')}", case.get("status") == "run", case.findtext("system-out") or "no output")
    print(f"{label}: {len(cases)} test programs")
    return bool(cases)


def unit(tally, pattern):
    return not build(tally, "asan", ASAN, "tests") or ctest(tally, ASAN, pattern or ".", "unit")


def tsan_targets():
    """The test programs of the part, by the names cmake gives them."""
    paths = [p.relative_to(TOP / "tests") for p in (TOP / "tests").rglob("*_test.c")]
    return sorted(re.sub("[/]", "_", str(p)[:-2]) for p in paths if re.search(TSAN_TESTS, str(p)))


def tsan(tally, pattern):
    """The runtime under the thread sanitizer; a pattern narrows it only by being a part's name."""
    targets = tsan_targets()
    return bool(targets) and (not build(tally, "tsan", TSAN, *targets) or ctest(tally, TSAN, TSAN_TESTS, "tsan"))


def runner(path, report, keyword):
    """The command that runs a file's cases, or those of a name, and writes the report."""
    if Path(path).suffix == ".mjs":
        only = [f"--test-name-pattern={keyword}"] if keyword else []
        return ["node", "--test-reporter=./tests/web/report.mjs", f"--test-reporter-destination={report}", *only, path]
    only = ["-k", keyword] if keyword else []
    return [PYTHON, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junit-xml", report, *only, path]


def cases_of(report):
    """The cases in a report; of one that was cut short with its runner, those that had ended."""
    parser = xml.XMLPullParser(["end"])
    parser.feed(report.read_text() if report.exists() else "")
    return [element for _, element in parser.read_events() if element.tag == "testcase"]


def black_box_file(tally, path, keyword=None):
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.xml")
        code, output = run(runner(path, report, keyword), FILE_LIMIT_S)
        if STOPPED.is_set():
            return False
        cases = cases_of(report)
        good = bad = 0
        for case in cases:
            broken = case.find("failure") if case.find("failure") is not None else case.find("error")
            name = f"{path}::{case.get('name')}"
            if broken is not None:
                bad += 1
                tally.add(name, False, f"{broken.get('message') or ''}\n{broken.text or ''}")
            elif case.find("skipped") is None:
                good += 1
                tally.add(name, True)
    if code not in (0, 5) and not bad:  # 5: nothing of that name in the file
        tally.add(str(path), False, output)
    if good or bad:
        print(f"{path}: {good} passed, {bad} failed, {time.monotonic() - began:.0f} s", flush=True)
    return good + bad > 0 or code not in (0, 5)


def browser_tools(tally, files):
    """What the browser tests need from npm. False, and counted as a failure, if it cannot be had."""
    if not any(path.suffix == ".mjs" for path in files):
        return True
    code, output = run(["tools/web/modules", "tests/web", NODE_MODULES])
    tally.add("build/npm-tests", code == 0, output)
    return code == 0


def black_box(tally, pattern):
    files = sorted(p.relative_to(TOP) for folder in BLACK_BOX for cases in CASES for p in (TOP / folder).rglob(cases))
    named = [p for p in files if pattern and re.search(pattern, str(p))]
    keyword = pattern if pattern and not named and re.fullmatch(r"\w+", pattern) else None
    if pattern and not named and not keyword:
        return False
    if not build(tally, "asan", ASAN, "lectern", "kafka_mock", "kafka_reader") or not browser_tools(tally, named or files):
        return True
    with ThreadPoolExecutor(max(2, CORES)) as pool:
        ran = list(pool.map(lambda path: black_box_file(tally, path, keyword), named or files))
    return any(ran)


def kafka(tally, pattern):
    """Against a real Kafka, which needs Java and a download: only by the part's name."""
    code, output = run(["tools/install", "tests", "kafka"])
    tally.add("install/kafka", code == 0, output)
    if code or not build(tally, "asan", ASAN, "lectern", "kafka_mock", "kafka_reader"):
        return True
    code, output = run([PYTHON, "-B", "tests/outside/kafka/broker.py", "--fetch"])
    if code:
        say(f"kafka: left out: {output.strip()}")
        return True
    return black_box_file(tally, Path("tests/kafka/test_broker.py"), pattern)


def voice(tally, pattern):
    """With the embedder of tools/voice, which downloads onnxruntime: only by the part's name."""
    code, output = run(["tools/install", "tests", "voice"])
    tally.add("install/voice", code == 0, output)
    if code or not build(tally, "asan", ASAN, "lectern"):
        return True
    code, output = run(["tools/voice/install", "build/voice-tests"])
    if code:
        say(f"voice: left out: {output.strip()}")
        return True
    return black_box_file(tally, Path("tests/voice/test_voices.py"), pattern)


def fair(tally, pattern):
    """What one client can do to all others, which wants a machine that does nothing else: only by the part's name. Without sanitizers, whose times
    and memory are others."""
    usual = SURROUNDINGS["LECTERN_BIN"]
    SURROUNDINGS["LECTERN_BIN"] = str(TOP / "build/lectern")
    try:
        return not build(tally, "release", TOP / "build", "lectern") or black_box_file(tally, Path("tests/fair/test_fair.py"), pattern)
    finally:
        SURROUNDINGS["LECTERN_BIN"] = usual


ASKED_FOR = {"fair": fair, "kafka": kafka, "voice": voice}  # parts that run only by their name
PARTS = {"checks": checks, "unit": unit, "tsan": tsan, "api": black_box}


def only(tally, name):
    """One NAME of the command line."""
    part = PARTS.get(name) or ASKED_FOR.get(name)
    if part:
        return part(tally, None)
    found = [checks(tally, name)]
    if any(re.search(name, str(p.relative_to(TOP / "tests"))[:-7]) for p in (TOP / "tests").rglob("*_test.c")):
        found.append(unit(tally, name))
    if not any(found):
        found.append(black_box(tally, name))
    return any(found)


def main(names):
    began, tally = time.monotonic(), Tally()
    for name in names or PARTS:
        say(name)
        if not only(tally, name):
            tally.add(name, not names, f"no part and no test is called {name}")
    for name in ASKED_FOR if not names else ():
        say(f"{name}: left out, since it was not asked for (tools/test {name})")
    say(f"took {time.monotonic() - began:.0f} s")
    for name in tally.failed:
        print(f"failed: {name}")
    print(f"{tally.passed} passed, {len(tally.failed)} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    os.umask(0o022)  # files of the tests are for the user postgres too
    orphans.adopt()
    for stopping in orphans.STOPPING:
        signal.signal(stopping, stop)
    sys.exit(main(sys.argv[1:]))
