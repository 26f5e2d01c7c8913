#!/usr/bin/python3 -B
"""Atomics stand in actors/runtime/ and in proto/message.c (the counter of messages alive) only."""
import re

import source

ATOMIC = re.compile(r"\b(_Atomic|atomic_\w+|__atomic_\w+|__sync_\w+|stdatomic)\b")


def allowed(path):
    return path.parts[0] == "tests" or str(path).startswith("actors/runtime/") or str(path) == "proto/message.c"


def check(root):
    wrong = []
    for path in source.files(root, ".c", ".h"):
        if allowed(path):
            continue
        text = source.code(source.read(root, path))
        for found in ATOMIC.finditer(text):
            wrong.append(f"{path}:{source.line_of(text, found.start())}: {found[0]} outside the runtime")
    return wrong


if __name__ == "__main__":
    source.main(check)
