#!/usr/bin/env python3
"""Turns store/sql/<area>/<name>.sql and schema/NNNN_name.{up,down}.sql into C tables: statements.h, statements.c,
migrations.c. Run by the build: sql_to_c.py SOURCE_ROOT OUT_DIR. Reads comment lines as store/statement.h says and
refuses, with file and line, whatever does not fit. Writes a file only when its content changed."""

import re
import sys
from pathlib import Path

OIDS = {
    "int4": (23, 1007), "int8": (20, 1016), "bool": (16, 1000), "text": (25, 1009), "json": (114, 199),
    "jsonb": (3802, 3807), "timestamp": (1114, 1115), "uuid": (2950, 2951), "float8": (701, 1022),
    "date": (1082, 1182), "time": (1083, 1183),
}
SOURCES = ("caller", "path", "query", "body", "form", "given", "config", "list", "arg", "row")
MAX_PARAMS = 32  # DB_MAX_PARAMS of store/db.h

NAME = re.compile(r"--\s*([A-Za-z_][A-Za-z0-9_]*):\s*(.*)$")
UPPER_SNAKE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")
KEY = re.compile(r"--\s*(takes|gives|refuses|batch):\s*(.*)$")
ANY_KEY = re.compile(r"--\s?([a-z_]+):\s")
SOURCE = re.compile(r"(%s)\.[a-z_][a-z0-9_]*$" % "|".join(SOURCES))
COLUMN = re.compile(r"[a-z_][a-z0-9_]*$")
REFUSAL = re.compile(r"(?<!:):'([A-Z][A-Z0-9_]*)'")
ERROR = re.compile(r'X\((\w+), \d+,[\s\\]*"((?:[^"\\]|\\.)*)"\)')
STEP = re.compile(r"(\d{4})_([a-z0-9_]+)\.(up|down)\.sql$")

# Parts of SQL in which a dollar sign, a semicolon or two dashes mean nothing.
OPAQUE = re.compile(r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ |
                        \$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$""", re.S | re.X)


class Refused(Exception):
    def __init__(self, path, line, why):
        super().__init__(f"{path}:{line}: {why}")


def oids_of(type_name):
    """The type's oid, and its elements' if it is an array."""
    scalar = type_name.removesuffix("[]")
    if scalar not in OIDS:
        return None
    element, array = OIDS[scalar]
    return (element, 0) if scalar == type_name else (array, element)


def read_list(path, line, text, pattern, what):
    """'arg.a int4, arg.b text[]' -> [(source, type, (oid, element oid))]"""
    items = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        words = item.split()
        if len(words) != 2:
            raise Refused(path, line, f"'{item}' is not '{what} type'")
        name, type_name = words
        if not pattern.match(name):
            raise Refused(path, line, f"'{name}' is not a {what}")
        oids = oids_of(type_name)
        if oids is None:
            raise Refused(path, line, f"unknown type '{type_name}'; known: {' '.join(OIDS)}")
        items.append((name, type_name, oids))
    return items


def read_header(path, lines):
    """The comment lines at the top. Returns name, about, {key: (line, text)} and the number of lines read."""
    first = NAME.match(lines[0]) if lines else None
    if not first:
        raise Refused(path, 1, "the first line must be '-- NAME: what it does'")
    name, about = first.groups()
    if not UPPER_SNAKE.match(name):
        raise Refused(path, 1, f"the name '{name}' is not UPPER_SNAKE")
    keys, last, count = {}, None, 1
    for number, line in enumerate(lines[1:], 2):
        if not line.startswith("--"):
            break
        count = number
        key = KEY.match(line)
        if key:
            last = key.group(1)
            if last in keys:
                raise Refused(path, number, f"'{last}:' is there twice")
            keys[last] = [number, key.group(2)]
        elif ANY_KEY.match(line):
            raise Refused(path, number, f"unknown key '{ANY_KEY.match(line).group(1)}:'; known: takes gives refuses batch")
        elif last and line.startswith("--   "):
            keys[last][1] += " " + line[2:].strip()
        elif last:
            raise Refused(path, number, "a continued line begins with '--   ' (three blanks)")
        else:
            about += " " + line[2:].strip()
    return name, about.strip(), keys, count


def check_params(path, first_line, sql, params):
    bare = OPAQUE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), sql)
    used = set()
    for m in re.finditer(r"\$(\d+)", bare):
        n = int(m.group(1))
        if not 1 <= n <= len(params):
            line = first_line + bare.count("\n", 0, m.start())
            raise Refused(path, line, f"${n} is used, but the statement takes {len(params)} parameters")
        used.add(n)
    for n, (source, _, _) in enumerate(params, 1):
        if n not in used:
            raise Refused(path, first_line, f"${n} ({source}) is not used")
    end = bare.find(";")
    if end >= 0 and bare[end + 1:].strip():
        raise Refused(path, first_line + bare.count("\n", 0, end), "one statement to a file")


def with_refusals(path, line, text, sql, details):
    """:'SYMBOL' becomes the text that proto/errors.h has for it; the line names just those that are used."""
    listed = [word.strip() for word in text.split(",") if word.strip()]
    used = set(REFUSAL.findall(sql))
    for symbol in listed:
        if symbol not in details:
            raise Refused(path, line, f"'{symbol}' is no row of proto/errors.h")
        if symbol not in used:
            raise Refused(path, line, f"'{symbol}' is not used; write :'{symbol}' where its text belongs")
    for symbol in sorted(used - set(listed)):
        raise Refused(path, line, f":'{symbol}' is used and not in the line 'refuses:'")
    return REFUSAL.sub(lambda m: "'" + details[m[1]].replace("'", "''") + "'", sql)


def read_details(root):
    """The texts of proto/errors.h by their symbols."""
    header = root / "proto/errors.h"
    return {name: text.replace('\\"', '"') for name, text in ERROR.findall(header.read_text())} if header.exists() else {}


def read_statement(path, shown, area, details):
    lines = path.read_text(encoding="utf-8").split("\n")
    name, about, keys, count = read_header(shown, lines)
    line, text = keys.get("takes", (1, ""))
    params = read_list(shown, line, text, SOURCE, "source")
    if len(params) > MAX_PARAMS:
        raise Refused(shown, line, f"{len(params)} parameters; at most {MAX_PARAMS}")
    line, text = keys.get("gives", (1, ""))
    columns = read_list(shown, line, "" if text.strip() == "nothing" else text, COLUMN, "column")
    line, text = keys.get("batch", (1, "0"))
    if not re.match(r"\d+$", text.strip()) or ("batch" in keys and int(text) < 1):
        raise Refused(shown, line, f"batch: '{text}' is not a number from 1")
    batch = int(text)
    for source, type_name, _ in params:
        if (batch > 0) != source.startswith("row.") or batch and not type_name.endswith("[]"):
            raise Refused(shown, line, f"'{source} {type_name}': a batch statement takes row.* arrays, and only it does")
    if batch and not params:
        raise Refused(shown, line, "a batch statement takes at least one array")
    line, text = keys.get("refuses", (1, ""))
    lines[count:] = with_refusals(shown, line, text, "\n".join(lines[count:]), details).split("\n")
    sql = "\n".join(lines[count:]).strip().rstrip(";").rstrip()
    if not sql:
        raise Refused(shown, count, "no SQL")
    skipped = lines[count:]
    blank = next(i for i, text in enumerate(skipped) if text.strip())
    check_params(shown, count + 1 + blank, "\n".join(skipped[blank:]).rstrip().rstrip(";"), params)
    return dict(name=name, about=about, area=area, params=params, columns=columns, batch=batch, sql=sql, path=shown)


def check_columns(found):
    """Two statements must not give one word to two columns."""
    words = {st["name"]: st["path"] for st in found}
    for st in found:
        for column, _, _ in st["columns"]:
            word = f"{st['name']}_{column.upper()}"
            if word in words:
                raise Refused(st["path"], 1, f"the column {column} would be {word}, which is a name of {words[word]}")
            words[word] = st["path"]


def read_statements(root):
    found, by_name, details = [], {}, read_details(root)
    for path in sorted((root / "store/sql").glob("**/*.sql")):
        shown = path.relative_to(root)
        if len(shown.parts) != 4:
            raise Refused(shown, 1, "statements live in store/sql/<area>/<name>.sql")
        st = read_statement(path, shown, shown.parts[2], details)
        if st["name"] in by_name:
            raise Refused(shown, 1, f"{st['name']} is already in {by_name[st['name']]}")
        by_name[st["name"]] = shown
        found.append(st)
    check_columns(found)
    return sorted(found, key=lambda st: (st["area"], st["name"]))


def read_migrations(root):
    steps = {}
    for path in sorted((root / "schema").glob("*")):
        shown = path.relative_to(root)
        m = STEP.match(path.name)
        if not m:
            raise Refused(shown, 1, "not NNNN_name.up.sql or NNNN_name.down.sql")
        number, name, way = int(m.group(1)), m.group(2), m.group(3)
        step = steps.setdefault(number, {"name": name})
        if step["name"] != name:
            raise Refused(shown, 1, f"number {number:04} is already taken by {step['name']}")
        step[way] = path.read_text(encoding="utf-8")
        step["path"] = shown
    for number, step in steps.items():
        for way in ("up", "down"):
            if way not in step:
                raise Refused(step["path"], 1, f"step {number:04} has no {number:04}_{step['name']}.{way}.sql")
    if 0 in steps:
        raise Refused(steps[0]["path"], 1, "numbers begin at 0001")
    return sorted(steps.items())


def quoted(text):
    out = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("?", "\\?")
    return '"' + '\\n"\n    "'.join(out.split("\n")) + '"'


def table(name, items):
    if not items:
        return ""
    rows = "".join(f'    {{ "{source}", "{type_name}", {oids[0]}, {oids[1]} }},\n' for source, type_name, oids in items)
    return f"static const struct statement_param {name}[] = {{\n{rows}}};\n"


def statement_c(index, st):
    low = st["name"].lower()
    params, columns = f"{low}_params", f"{low}_columns"
    return (table(params, st["params"]) + table(columns, st["columns"]) +
            f"const struct statement {st['name']} = {{\n"
            f"    .name = \"{st['name']}\",\n    .area = \"{st['area']}\",\n    .about = {quoted(st['about'])},\n"
            f"    .sql = {quoted(st['sql'])},\n"
            f"    .params = {params if st['params'] else 'NULL'},\n    .nparams = {len(st['params'])},\n"
            f"    .columns = {columns if st['columns'] else 'NULL'},\n    .ncolumns = {len(st['columns'])},\n"
            f"    .batch = {st['batch']},\n    .index = {index},\n}};\n\n")


def statements_c(found):
    head = "/* Generated from store/sql by store/sql_to_c.py. */\n#include \"store/statements.h\"\n\n"
    body = "".join(statement_c(i, st) for i, st in enumerate(found))
    rows = "".join(f"    &{st['name']},\n" for st in found) or "    NULL,\n"
    return (head + body + f"const struct statement *const statements[] = {{\n{rows}}};\n"
            f"const int statement_count = {len(found)};\n")


def columns_h(st):
    """The columns by name: an enum whose words begin with the statement's."""
    names = "".join(f" {st['name']}_{column.upper()}," for column, _, _ in st["columns"])
    return f"enum {{{names} }};\n" if names else ""


def statements_h(found):
    return ("/* Generated from store/sql by store/sql_to_c.py. */\n#pragma once\n\n#include \"store/statement.h\"\n\n" +
            "".join(f"extern const struct statement {st['name']};\n{columns_h(st)}" for st in found))


def migrations_c(steps):
    head = "/* Generated from schema by store/sql_to_c.py. */\n#include \"store/migrate.h\"\n\n"
    rows = "".join(f"    {{ {number}, \"{s['name']}\",\n    {quoted(s['up'])},\n    {quoted(s['down'])} }},\n"
                   for number, s in steps) or "    { 0, NULL, NULL, NULL },\n"
    return head + f"const struct migration migrations[] = {{\n{rows}}};\nconst int migration_count = {len(steps)};\n"


def write(path, content):
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: sql_to_c.py SOURCE_ROOT OUT_DIR")
    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        found, steps = read_statements(root), read_migrations(root)
    except Refused as refused:
        sys.exit(str(refused))
    write(out / "statements.h", statements_h(found))
    write(out / "statements.c", statements_c(found))
    write(out / "migrations.c", migrations_c(steps))


if __name__ == "__main__":
    main()
