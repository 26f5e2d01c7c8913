#!/usr/bin/python3 -B
"""No function of ours has the name of a library's: the linker would let one take the place of the other without a word."""
import re
from pathlib import Path

import source

LIBRARIES = ["jansson.h", "jwt.h", "uv.h", "http_parser.h", "postgresql/libpq-fe.h", "nng/nng.h", "crypt.h", "sndfile.h", "*/curl/*.h"]
DECLARED = re.compile(r"\b([a-z]\w*)\s*\((?!\*)[^;{}()]*(?:\([^()]*\)[^;{}()]*)*\)\s*[^;{}=]*;")


def declared(text):
    text = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", "", source.code(text), flags=re.M)
    return {m[1] for m in DECLARED.finditer(text)} - {"return", "sizeof", "while", "if", "for", "__attribute__"}


def check(root, folders=(Path("/usr/include"),)):
    theirs = {}
    for folder in folders:
        for header in LIBRARIES:
            for path in folder.glob(header):
                theirs.update({n: path.name for n in declared(path.read_text(errors="replace"))})
    wrong = []
    for path in source.files(root, ".h"):
        for name in sorted(declared(source.read(root, path)) & set(theirs)):
            wrong.append(f"{path}:1: {name} is also a function of {theirs[name]}")
    return wrong


if __name__ == "__main__":
    source.main(check)
