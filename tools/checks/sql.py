#!/usr/bin/python3 -B
"""SQL lives in .sql files: no string literal of a .c or .h outside tests/ holds a statement."""
import re

import source

LITERALS = re.compile(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*')
STATEMENT = re.compile(
    r"\bselect\s+(\S+\s*\(|.*\bfrom\b|\d)|\binsert\s+into\s|\bupdate\s+\S+\s+set\s|\bdelete\s+from\s|\btruncate\s+table\s"
    r"|\b(create|alter|drop)\s+(unique\s+)?(table|index|schema|role|database|sequence|function|view|trigger|type)\s",
    re.I | re.S)


def check(root):
    wrong = []
    for path in source.files(root, ".c", ".h"):
        if path.parts[0] == "tests":
            continue
        text = source.without_comments(source.read(root, path))
        for found in LITERALS.finditer(text):
            if STATEMENT.search(re.sub(r'"\s*"', "", found[0])):
                wrong.append(f"{path}:{source.line_of(text, found.start())}: SQL in C; it belongs in a .sql file")
    return wrong


if __name__ == "__main__":
    source.main(check)
