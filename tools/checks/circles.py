#!/usr/bin/python3 -B
"""No circle of more than two files: files that need each other, by an include or a call, round and round. A file is a .c with the header of its
name. Says also how many pairs there are."""
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


def check(root):
    edges = graph(root)
    found = circles(edges)
    large = [c for c in found if len(c) > 2]
    largest = f"the largest of {len(large[0])}: {' '.join(large[0])}" if large else "none of more than two files"
    print(f"circles: {len(found) - len(large)} pairs; {largest}")
    wrong = []
    for c in large:
        ways = "; ".join(f"{name} -> {' '.join(sorted(edges[name] & set(c)))}" for name in c)
        wrong.append(f"{c[0]}: {len(c)} files need each other: {ways}")
    return wrong


if __name__ == "__main__":
    source.main(check)
