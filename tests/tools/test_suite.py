"""tools/suite.py counts what passes and what fails, and says so in its last line."""
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import suite  # noqa: E402

CASES = '''"""Cases."""
import pytest

def test_good(): pass
def test_bad(): assert 1 == 2, "the reason"
@pytest.mark.skip
def test_skipped(): pass
@pytest.fixture
def broken(): raise OSError("no ground")
def test_ungrounded(broken): pass
'''


def test_black_box_cases_are_counted(tmp_path, capsys):
    path, tally = tmp_path / "test_cases.py", suite.Tally()
    path.write_text(CASES)
    assert suite.black_box_file(tally, path)
    assert tally.passed == 1
    assert [name.split("::")[1] for name in tally.failed] == ["test_bad", "test_ungrounded"]
    printed = capsys.readouterr().out
    assert "the reason" in printed and "no ground" in printed


BROWSER_CASES = """import { test } from "node:test";
test("good", () => {});
test("bad & <worse>", () => { throw new Error("the \u0007 reason"); });
test("skipped", { skip: true }, () => {});
test("never", async () => { await new Promise(() => {}); });
"""


def test_browser_cases_are_counted(tmp_path, capsys):
    path, tally = tmp_path / "cases.test.mjs", suite.Tally()
    path.write_text(BROWSER_CASES)
    assert suite.black_box_file(tally, path)
    assert tally.passed == 1
    assert [name.split("::")[1] for name in tally.failed] == ["bad & <worse>", "never"]
    assert "the ? reason" in capsys.readouterr().out


def test_a_browser_case_is_found_by_name(tmp_path):
    path, tally = tmp_path / "cases.test.mjs", suite.Tally()
    path.write_text(BROWSER_CASES)
    assert suite.black_box_file(tally, path, "good") and (tally.passed, tally.failed) == (1, [])
    assert not suite.black_box_file(tally, path, "nothing_of_that_name")


def test_a_browser_file_that_hangs_has_failed(tmp_path, monkeypatch):
    path, tally = tmp_path / "cases.test.mjs", suite.Tally()
    path.write_text(BROWSER_CASES.replace("new Promise(() => {})", "new Promise(() => setInterval(() => {}, 1000))").replace("throw", "// throw"))
    monkeypatch.setattr(suite, "FILE_LIMIT_S", 5)
    assert suite.black_box_file(tally, path)
    assert tally.failed == [str(path)]


def test_a_browser_file_that_does_not_load_has_failed(tmp_path):
    path, tally = tmp_path / "cases.test.mjs", suite.Tally()
    path.write_text("import 'no-such-module';\n")
    assert suite.black_box_file(tally, path)
    assert tally.passed == 0 and len(tally.failed) == 1


def test_a_file_that_does_not_load_has_failed(tmp_path):
    path, tally = tmp_path / "test_cases.py", suite.Tally()
    path.write_text("import no_such_module\n")
    assert suite.black_box_file(tally, path)
    assert tally.passed == 0 and len(tally.failed) == 1


def test_a_file_without_the_case_is_no_failure(tmp_path):
    path, tally = tmp_path / "test_cases.py", suite.Tally()
    path.write_text(CASES)
    assert not suite.black_box_file(tally, path, "nothing_of_that_name")
    assert tally.passed == 0 and tally.failed == []


def test_a_command_that_hangs_is_ended(tmp_path):
    code, output = suite.run([sys.executable, "-c", "import signal; print('began', flush=True); signal.pause()"], limit=1)
    assert code == 1 and "began" in output and "took more than 1 s" in output


def test_orphans_are_reaped():
    """A process that outlives its parent is ours, and reaped when it ends; our exit code is the child's."""
    program = """
import os, sys, orphans
orphans.adopt()
ours, theirs = os.pipe()
if not os.fork():
    parent = os.getpid()
    if not os.fork():
        while os.getppid() == parent:
            os.sched_yield()
        os.write(theirs, b"%d %d" % (os.getpid(), os.getppid()))
    os._exit(0)
os.wait()
pid, parent = map(int, os.read(ours, 100).split())
while os.path.exists(f"/proc/{pid}"):
    os.sched_yield()
sys.exit(7 if parent == os.getppid() else 8)
"""
    done = subprocess.run([sys.executable, "-B", "-c", program], cwd=TOP / "tools", timeout=30, check=False)
    assert done.returncode == 7


def test_an_interrupted_suite_ends_what_runs(tmp_path):
    """The command at work is interrupted, its clean-up is waited for, and nothing more begins."""
    mark = tmp_path / "mark"
    program = f"""
import signal, suite, sys
signal.signal(signal.SIGTERM, suite.stop)
child = "import os, pathlib, signal\\ntry: os.kill(os.getppid(), signal.SIGTERM); signal.pause()\\nfinally: pathlib.Path({str(mark)!r}).touch()"
suite.run([sys.executable, "-c", child])
print("more")
"""
    done = subprocess.run([sys.executable, "-B", "-c", program], cwd=TOP / "tools", capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 128 + 15, done.stderr
    assert done.stdout == "== stopping\n" and mark.exists()


def test_programs_are_counted(monkeypatch, tmp_path):
    report = ('<testsuite><testcase name="a/b" status="run"/><testcase name="a/c" status="fail">'
              "<system-out>why not</system-out></testcase></testsuite>")

    def fake(command, limit=None):
        if "ctest" in command:
            Path(command[command.index("--output-junit") + 1]).write_text(report)
        return 1, ""

    tally = suite.Tally()
    monkeypatch.setattr(suite, "run", fake)
    assert suite.ctest(tally, tmp_path, ".", "unit")
    assert tally.passed == 1 and tally.failed == ["unit/a/c"]


def test_the_last_line_is_the_sum():
    done = subprocess.run([sys.executable, "-B", TOP / "tools/suite.py", "no_part_of_this_name-at-all"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 1 failed"
    done = subprocess.run([sys.executable, "-B", TOP / "tools/suite.py", "checks/atomics"], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] in ("1 passed, 0 failed", "0 passed, 1 failed")


def test_the_environment_of_tests_is_ours(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/")
    monkeypatch.setenv("LECTERN_LISTEN", "0.0.0.0:1")
    monkeypatch.setenv("LECTERN_CRASH_ROUNDS", "20")
    kept = suite.surroundings()
    assert "DATABASE_URL" not in kept and "LECTERN_LISTEN" not in kept
    assert kept["LECTERN_CRASH_ROUNDS"] == "20" and kept["LECTERN_BIN"].endswith("build/asan/lectern")
