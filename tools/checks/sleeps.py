#!/usr/bin/python3 -B
"""Tests wait for events: nothing in tests/ sleeps."""
import re

import source

C = re.compile(r"\b(sleep|usleep|nanosleep|clock_nanosleep|thrd_sleep|uv_sleep|nng_msleep)\s*\(")
PYTHON = re.compile(r"\b(time|asyncio)\s*\.\s*sleep\b|\bfrom\s+(time|asyncio)\s+import\b[^\n]*\bsleep\b")
SHELL = re.compile(r"^[^#\n]*(^|[\s;&|(])sleep\s+[\d.$]", re.M)
JAVASCRIPT = re.compile(r"\b(waitForTimeout|setTimeout|setInterval)\s*\(|\btimers/promises\b|\bAtomics\s*\.\s*wait\b")
RULES = {".c": C, ".h": C, ".py": PYTHON, ".sh": SHELL, ".js": JAVASCRIPT, ".mjs": JAVASCRIPT}


def check(root):
    wrong = []
    for path in source.files(root, *RULES):
        if path.parts[0] != "tests" or path.name == "test_checks.py":  # which holds bad examples
            continue
        text = source.read(root, path)
        text = source.code(text) if path.suffix in (".c", ".h") else text
        for found in RULES[path.suffix].finditer(text):
            wrong.append(f"{path}:{source.line_of(text, found.end())}: a test sleeps; wait for the event instead")
    return wrong


if __name__ == "__main__":
    source.main(check)
