#!/usr/bin/python3 -B
"""Every file opens with a comment that says what lives there."""
import source

OPENINGS = {".c": ("/*",), ".h": ("/*",), ".sql": ("--",), ".py": ('"""', "#"), ".js": ("/*",), ".mjs": ("/*",), ".css": ("/*",)}


def check(root):
    wrong = []
    for path in source.files(root, *OPENINGS):
        lines = [l.strip() for l in source.read(root, path).splitlines() if l.strip() and not l.startswith("#!")]
        if not lines or not lines[0].startswith(OPENINGS[path.suffix]) or len(lines[0].strip('/*-"# ')) < 10:
            wrong.append(f"{path}:1: the file does not open with a comment that says what lives in it")
    return wrong


if __name__ == "__main__":
    source.main(check)
