#!/usr/bin/python3 -B
"""Lengths of files and functions: a report, never a failure. The aims: functions of 10 lines in the middle, nine in ten within 45, none over
80; files of 200 to 500 lines, none over 800."""
import re

import source

FUNCTION = re.compile(r"^(?![#\s}])[^\n;=]*\b(\w+)\([^;{]*\)\s*\n\{\n(.*?)^\}", re.M | re.S)


def functions(text):
    """(name, first line, lines of body with its braces) of each function."""
    return [(m[1], source.line_of(text, m.start()), m[2].count("\n") + 2) for m in FUNCTION.finditer(text)]


def report(root):
    lengths, rows = [], []
    for path in source.files(root, ".c", ".h"):
        text = source.read(root, path)
        if text.count("\n") > 800:
            rows.append(f"{path}: {text.count(chr(10))} lines")
        for name, line, n in functions(source.code(text)):
            lengths.append(n)
            if n > 80:
                rows.append(f"{path}:{line}: {name} has {n} lines")
    if lengths:
        lengths.sort()
        at = lambda share: lengths[min(len(lengths) - 1, int(len(lengths) * share))]
        rows.append(f"{len(lengths)} functions: median {at(0.5)}, nine in ten within {at(0.9)}, longest {lengths[-1]} lines")
    return rows


if __name__ == "__main__":
    import sys
    from pathlib import Path
    print(*report(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]), sep="\n")
