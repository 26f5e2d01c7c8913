#!/usr/bin/python3 -B
"""Parameters that may change at run time (CONFIG_CHANGEABLE) are read through config_here(), the thread's own view, never through `config`."""
import re

import source

TABLE = re.compile(r"#define CONFIG_CHANGEABLE\(X\)(.*?)\n\n", re.S)
AT_START = {"tools/lectern/serve.c": {"log_level"}}  # before the threads


def check(root):
    table = TABLE.search(source.read(root, "proto/config/config.h"))
    fields = re.findall(r"X\((\w+)\)", table[1])
    read = re.compile(r"(?<![\w>.])config\.(%s)\b" % "|".join(fields))
    wrong = []
    for path in source.files(root, ".c", ".h"):
        if path.parts[0] == "tests" or path.parts[0] == "proto" and path.name.startswith("config"):
            continue
        text = source.code(source.read(root, path))
        for found in read.finditer(text):
            if found[1] not in AT_START.get(str(path), ()):
                wrong.append(f"{path}:{source.line_of(text, found.start())}: {found[1]} may change; read config_here()->{found[1]}")
    return wrong


if __name__ == "__main__":
    source.main(check)
