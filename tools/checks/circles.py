#!/usr/bin/python3 -B
"""Circles: files that need each other, by an include or a call, round and round. A report of those of more than two files, the largest first, never
a failure. A file is a .c with the header of its name."""
import re
from collections import defaultdict

import source

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include\s+"([^"]+)"', re.M)
DEFINED = re.compile(r"^(?!static\b|typedef\b|#|\s|\})[^\n;={]*?\b(\w+)\([^;{]*\)\s*\n\{", re.M)
CALLED = re.compile(r"(?<![\w.>])([a-z_]\w*)\s*\(")
OWN = re.compile(r"^static\b[^\n;={]*?\b(\w+)\(", re.M)


def unit(path):
    return str(path)[:-2]


def graph(root):
    """unit -> the units that it includes or whose functions it names."""
    texts = {}
    for path in source.files(root, ".c", ".h"):
        if path.parts[0] != "tests" and path.parts[:2] != ("tools", "bench"):
            texts.setdefault(unit(path), []).append((path, source.read(root, path)))
    defined, edges = {}, defaultdict(set)
    for name, files in texts.items():
        for path, text in files:
            if path.suffix == ".c":
                defined.update({found: name for found in DEFINED.findall(source.code(text)) if found != "__attribute__"})
    for name, files in texts.items():
        for path, text in files:
            for header in INCLUDE.findall(source.without_comments(text)):
                if header[:-2] in texts:
                    edges[name].add(header[:-2])
            if path.suffix == ".c":
                bare = source.code(text)
                edges[name] |= {defined[word] for word in set(CALLED.findall(bare)) - set(OWN.findall(bare)) if word in defined}
        edges[name].discard(name)
    return edges


def circles(edges):
    """Tarjan's strongly connected components, those of more than one member."""
    index, low, stack, on, found = {}, {}, [], set(), []

    def visit(start):
        work = [(start, iter(sorted(edges.get(start, ()))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on.add(start)
        while work:
            at, rest = work[-1]
            for to in rest:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    on.add(to)
                    work.append((to, iter(sorted(edges.get(to, ())))))
                    break
                if to in on:
                    low[at] = min(low[at], index[to])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[at])
                if low[at] == index[at]:
                    members = []
                    while not members or members[-1] != at:
                        members.append(stack.pop())
                        on.discard(members[-1])
                    if len(members) > 1:
                        found.append(sorted(members))

    for name in sorted(edges):
        if name not in index:
            visit(name)
    return sorted(found, key=len, reverse=True)


def report(root):
    found = circles(graph(root))
    rows = [f"{len(c)} files: {' '.join(c)}" for c in found if len(c) > 2]
    return [f"{len(rows)} circles of more than two files, {len(found) - len(rows)} pairs"] + rows


if __name__ == "__main__":
    import sys
    from pathlib import Path
    print(*report(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]), sep="\n")
