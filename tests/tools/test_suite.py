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
    assert suite.black_box_file(tally, path, [])
    assert tally.passed == 1
    assert [name.split("::")[1] for name in tally.failed] == ["test_bad", "test_ungrounded"]
    printed = capsys.readouterr().out
    assert "the reason" in printed and "no ground" in printed


def test_a_file_that_does_not_load_has_failed(tmp_path):
    path, tally = tmp_path / "test_cases.py", suite.Tally()
    path.write_text("import no_such_module\n")
    assert suite.black_box_file(tally, path, [])
    assert tally.passed == 0 and len(tally.failed) == 1


def test_a_file_without_the_case_is_no_failure(tmp_path):
    path, tally = tmp_path / "test_cases.py", suite.Tally()
    path.write_text(CASES)
    assert not suite.black_box_file(tally, path, ["-k", "nothing_of_that_name"])
    assert tally.passed == 0 and tally.failed == []


def test_a_command_that_hangs_is_ended(tmp_path):
    code, output = suite.run([sys.executable, "-c", "import signal; print('began', flush=True); signal.pause()"], limit=1)
    assert code == 1 and "began" in output and "took more than 1 s" in output


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
