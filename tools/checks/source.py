"""What the checks share: the files of the tree, C without its comments and strings, and how a check reports."""
import os
import re
import sys
from pathlib import Path

SKIPPED = {".git", "build", "data", "__pycache__", ".pytest_cache"}
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(root, *endings):
    """Paths below root with one of the endings, relative, sorted. Build folders are left out."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in SKIPPED and not f.startswith("build-")]
        found += [Path(folder, n).relative_to(root) for n in names if n.endswith(endings)]
    return sorted(found)


def read(root, path):
    return Path(root, path).read_text(encoding="utf-8")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def code(text):
    """C with comments and literals blanked; lines keep their numbers."""
    return TOKEN.sub(lambda m: _blank(m[0]), text)


def without_comments(text):
    return TOKEN.sub(lambda m: m[0] if m[0][0] in "\"'" else _blank(m[0]), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def main(check):
    """Runs check(root) -> list of "path:line: what is wrong" on the folder given, or on this repository."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    wrong = check(root)
    for row in wrong:
        print(row)
    sys.exit(1 if wrong else 0)
