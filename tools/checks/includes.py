#!/usr/bin/python3 -B
"""Includes go one way: proto <- store <- actors <- transport <- tools, and inside these folders as INSIDE says. A header that is private to its
folder (…_state.h, …_core.h, its opening comment says "Private to", what the runtime does not show) stays in it."""
import re
from pathlib import Path, PurePosixPath

import source

ORDER = ["proto", "store", "actors", "transport", "tools"]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include\s+"([^"]+)"', re.M)
PRIVATE = re.compile(r"^(?!proto/base/).*(^|/)(\w+_)?(state|core)\.h$")  # proto/base/state.h: how states are told, for all

MARKED = re.compile(r"\A/\*(?:(?!\*/).)*?\bPrivate\s+(?:\*\s+)?to\b", re.S)

# Where a folder's files may include from, beside what stands before it in ORDER and beside itself. A folder that is not named stands for
# whatever lies in it: "actors" are the files of actors/ itself.
INSIDE = {
    "proto/base": [],
    "proto/config": ["proto/base"],
    "proto/identity": ["proto/base", "proto/config"],
    "proto": ["proto/base", "proto/config", "proto/identity"],
    "proto/openapi": ["proto/base", "proto/config", "proto/identity", "proto"],
    "actors/runtime": [],  # and of proto alone: see why_not
    "actors": ["actors/runtime"],
    "actors/room": ["actors/runtime", "actors"],
    "transport/outbound": ["transport"],
    "transport/budgets": [],
    "transport/wire": [],
    "transport/http": ["transport/wire"],
    "transport/people": ["transport/http", "transport"],
    "transport/streams": ["transport/wire", "transport/http", "transport/people", "transport"],
    "transport/sse": ["transport/wire", "transport/http", "transport/streams", "transport"],
    "transport/ws": ["transport/wire", "transport/http", "transport/people", "transport/streams", "transport"],
    "transport": ["transport/http", "transport/streams"],
    "transport/services": ["transport/outbound", "transport"],
    "transport/identity": ["transport/http", "transport/people", "transport/streams", "transport"],
    "transport/api": ["transport/http", "transport/streams", "transport/sse", "transport/ws", "transport/outbound", "transport/services",
                      "transport/people", "transport/identity", "transport"],
    "transport/api/service": ["transport/http", "transport/identity", "transport", "transport/api", "transport/metrics"],  # the server's own
    "transport/metrics": ["transport"] + ["transport/" + f for f in ("wire", "http", "people", "streams", "sse", "ws", "outbound", "services", "identity", "api")],
    "transport/admin": ["transport"] + ["transport/" + f for f in ("wire", "http", "people", "streams", "ws", "identity", "api", "metrics")],
    "transport/console": ["transport"] + ["transport/" + f for f in ("wire", "http", "streams", "api", "api/service", "admin")],
}
for _folder, _others in INSIDE.items():  # budgets stand below all of transport
    if _folder.startswith("transport") and _folder != "transport/budgets":
        _others.append("transport/budgets")
RUNTIME_SHOWS = {"actors/runtime/" + h + ".h" for h in
                 ("actor", "bus", "buckets", "inspect", "kinds", "numbers", "pool", "shared", "slow", "system", "timer", "trace", "worker")}
KIND = ["actors/runtime", "actors", "actors/room"]  # a kind of actor: never another kind
SAID = {"proto/classroom.h": {"proto/classroom.c", "actors/classroom", "transport/api/classroom"},
        "proto/chat.h": {"proto/chat.c", "actors/chat", "transport/api/practice"},
        "proto/coaching.h": {"proto/coaching.c", "actors/coaching", "transport/api/coaching"},
        "proto/inbox.h": {"proto/inbox.c", "actors/inbox", "transport/api/coaching"}}  # the words of a kind: who may know them
LISTS = {"transport/api/areas.c", "actors/room_kinds.h", "transport/parts.c"}  # where all of a floor meet


def folder_of(path):
    """The part of the tree whose rule holds for a file."""
    at = PurePosixPath(path).parent
    while str(at) not in INSIDE and len(at.parts) > 1:
        if len(at.parts) == 2 and at.parts[0] == "actors":
            return str(at)
        at = at.parent
    return str(at)


def is_marked(root, included):
    return PurePosixPath(included).suffix == ".h" and root.joinpath(included).is_file() and MARKED.match(source.read(root, included))


def why_not_inside(path, included):
    here, there = folder_of(path), folder_of(included)
    if included in SAID and not {str(path), str(path.parent)} & SAID[included]:
        return f"{included} is for those of its kind"
    if here == there or str(path) in LISTS:
        return None
    allowed = INSIDE.get(here, KIND if here.startswith("actors/") else None)
    if allowed is not None and here.split("/")[0] == there.split("/")[0] and there not in allowed:
        return f"{here}/ must not include {there}/ ({included})"
    return None


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
    if folder_of(path) == "actors/runtime" and not included.startswith(("proto/", "actors/runtime/")):
        return f"the runtime must not include {included}"
    hidden = PRIVATE.search(included) or (included.startswith("actors/runtime/") and included not in RUNTIME_SHOWS)
    if hidden and str(PurePosixPath(included).parent) != str(path.parent):
        return f"{included} is private to its folder"
    return why_not_inside(path, included)


def check(root):
    wrong = []
    for path in source.files(root, ".c", ".h"):
        if path.parts[0] not in ORDER + ["tests"]:
            wrong.append(f"{path}:1: no folder for C is called {path.parts[0]}")
            continue
        text = source.without_comments(source.read(root, path))
        for found in INCLUDE.finditer(text):
            why = why_not(path, found[1])
            if not why and path.parts[0] != "tests" and PurePosixPath(found[1]).parent != path.parent and is_marked(Path(root), found[1]):
                why = f"{found[1]} is private to its folder"
            if why:
                wrong.append(f"{path}:{source.line_of(text, found.start())}: {why}")
    return wrong


if __name__ == "__main__":
    source.main(check)
