#!/usr/bin/python3 -B
"""Puts together the folder of the pages: assemble.py MODULES TO.

Every folder beside this file is a page and is copied as it is; of the npm packages installed in MODULES come the files that `libraries` names.
A module of one that imports another by the name of its package gets that one's address. What compresses well gets a .gz beside it. Files that
no longer belong there are removed.
"""
import gzip
import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEXTS = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt"}
# The names by which a module imports or hands on what another package has.
IMPORT = re.compile(r"""^((?:import|export)\b(?:[^;'"(]*\bfrom)?\s*['"])(@?[a-z][\w./-]*)(['"])""", re.MULTILINE)
WORTH_IT = 1024  # bytes: below, a smaller body does not make fewer packets


def pages():
    """Path below the folder -> file, for everything in the pages' own folders."""
    found = (p for folder in HERE.iterdir() if folder.is_dir() for p in folder.rglob("*"))
    return {str(p.relative_to(HERE)): p for p in found if p.is_file() and not any(part.startswith((".", "__")) for part in p.relative_to(HERE).parts)}


def table():
    """Where each file of a library is served, and where it lies in node_modules."""
    lines = [line.split("#")[0].split() for line in (HERE / "libraries").read_text().splitlines()]
    return dict(filter(None, lines))


def package_of(file):
    """@scope/name/dist/index.js -> @scope/name"""
    return "/".join(file.split("/")[: 2 if file.startswith("@") else 1])


def linked(served, content, modules):
    """A browser knows no packages: an import of one becomes one of its file in the same folder. What is not there is an error here already."""
    def beside(match):
        if match[2] not in modules:
            raise SystemExit(f"{served} imports {match[2]}, which tools/web/libraries does not name beside it")
        return f"{match[1]}./{modules[match[2]]}{match[3]}"

    return IMPORT.sub(beside, content.decode()).encode() if served.endswith(".js") else content


def libraries(modules):
    """Path below the folder -> content, for every file of a library."""
    files = table()
    names = {package_of(file): Path(served).name for served, file in files.items() if served.endswith(".js")}
    return {served: linked(served, (modules / "node_modules" / file).read_bytes(), names) for served, file in files.items()}


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
    contents = compressed({**{name: file.read_bytes() for name, file in pages().items()}, **libraries(Path(modules))})
    for name, content in contents.items():
        put(Path(to, name), content)
    for path in sorted(Path(to).rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and str(path.relative_to(to)) not in contents:
            path.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
