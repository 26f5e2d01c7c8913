#!/usr/bin/python3 -B
"""Includes go one way: proto <- store <- actors <- transport <- tools. The runtime knows proto alone."""
import re

import source

ORDER = ["proto", "store", "actors", "transport", "tools"]
RUNTIME = "actors/runtime/"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include\s+"([^"]+)"', re.M)


def why_not(path, included):
    folder, other = path.parts[0], included.split("/")[0]
    if folder == "tests" and "/" not in included:
        return None  # a helper beside the test
    if "/" not in included or other not in ORDER + ["tests"]:
        return f'"{included}" is not a path from the top of the repository'
    if folder == "tests":
        return None
    if other == "tests" or ORDER.index(other) > ORDER.index(folder):
        return f"{folder}/ must not include {other}/ ({included})"
    if str(path).startswith(RUNTIME) and not included.startswith(("proto/", RUNTIME)):
        return f"the runtime must not include {included}"
    return None


def check(root):
    wrong = []
    for path in source.files(root, ".c", ".h"):
        if path.parts[0] not in ORDER + ["tests"]:
            wrong.append(f"{path}:1: no folder for C is called {path.parts[0]}")
            continue
        text = source.without_comments(source.read(root, path))
        for found in INCLUDE.finditer(text):
            why = why_not(path, found[1])
            if why:
                wrong.append(f"{path}:{source.line_of(text, found.start())}: {why}")
    return wrong


if __name__ == "__main__":
    source.main(check)
