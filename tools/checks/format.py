#!/usr/bin/python3 -B
"""C is formatted by clang-format 14 with the repository's .clang-format. `tools/checks/format.py --fix` does it."""
import subprocess
import sys
from pathlib import Path

import source

TOOL = "clang-format-14"


def run(root, *options):
    paths = [str(p) for p in source.files(root, ".c", ".h")]
    if not paths:
        return subprocess.CompletedProcess([], 0, "", "")
    return subprocess.run([TOOL, *options, *paths], cwd=root, capture_output=True, text=True, check=False)


def check(root):
    done = run(root, "--dry-run", "-Werror")
    wrong = sorted({line.split(": error:")[0].rsplit(":", 1)[0] for line in done.stderr.splitlines() if ": error:" in line})
    if done.returncode and not wrong:
        return [done.stderr.strip()]
    return [f"{place}: not formatted; tools/checks/format.py --fix" for place in wrong]


if __name__ == "__main__":
    if sys.argv[1:] == ["--fix"]:
        sys.exit(run(Path(__file__).resolve().parents[2], "-i").returncode)
    source.main(check)
