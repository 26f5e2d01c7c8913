#!/usr/bin/python3 -B
"""Puts together the folder of the pages: assemble.py MODULES TO.

Every folder beside this file is a page and is copied as it is; of the npm packages installed in MODULES come the files that `libraries` names.
What compresses well gets a .gz beside it. Files that no longer belong there are removed.
"""
import gzip
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEXTS = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt"}
WORTH_IT = 1024  # bytes: below, a smaller body does not make fewer packets


def pages():
    """Path below the folder -> file, for everything in the pages' own folders."""
    found = (p for folder in HERE.iterdir() if folder.is_dir() for p in folder.rglob("*"))
    return {str(p.relative_to(HERE)): p for p in found if p.is_file() and not any(part.startswith((".", "__")) for part in p.relative_to(HERE).parts)}


def libraries(modules):
    lines = [line.split("#")[0].split() for line in (HERE / "libraries").read_text().splitlines()]
    return {served: modules / "node_modules" / file for served, file in filter(None, lines)}


def compressed(contents):
    """Adds the .gz of what shrinks by it."""
    for name, content in list(contents.items()):
        if Path(name).suffix in TEXTS and len(content) >= WORTH_IT:
            contents[f"{name}.gz"] = gzip.compress(content, 9, mtime=0)
    return contents


def put(path, content):
    """Leaves a file that is right alone, so that its time says when it changed; a reader never sees half of one."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    os.replace(fresh, path)


def main(modules, to):
    sources = {**pages(), **libraries(Path(modules))}
    contents = compressed({name: source.read_bytes() for name, source in sources.items()})
    for name, content in contents.items():
        put(Path(to, name), content)
    for path in sorted(Path(to).rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and str(path.relative_to(to)) not in contents:
            path.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
