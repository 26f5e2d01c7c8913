#!/usr/bin/python3 -B
"""A product's word stands in its own folders only: actors/<word>/, transport/api/<word>/, proto/<word>.[ch], store/sql/<word>/. Everything else of
proto, store, actors, transport and the command, C and SQL, serves all products and names none, comments included: what a comment calls a classroom
is soon a rule for classrooms. The reference "classroom contract" (with its section) may stand in any comment; for the rest see ALLOWED."""
import re

import source

FOLDERS = ("proto", "store", "actors", "transport", "tools/lectern", "tools/top")
# Each product, and the kinds of rooms that are its own under other names.
PRODUCTS = {"classroom": (), "attendance": (), "courses": (), "practice": ("chat",), "coaching": ("inbox",)}
WORDS = {p: re.compile(rf"(?<![a-z]){p.rstrip('s')}{'s' if p.endswith('s') else 's?'}(?![a-z])", re.I) for p in PRODUCTS}
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|--[^\n]*(?:\n--[^\n]*)*", re.S)
REFERENCE = re.compile(rf"\b(?:{'|'.join(PRODUCTS)})(?=(?:\s|\*|--)+contract\b)", re.I)

# (where, of which product or None for all, why). A row that nothing needs is an error.
ALLOWED = [
    ("actors/room_kinds.h", None, "the list of kinds"),
    ("transport/api/areas.c", None, "the list of areas"),
    ("transport/parts.c", None, "the list of parts"),
    ("transport/api/service/pages.c", None, "the list of pages"),
    ("proto/errors.h", None, "the list of refusals, which says for each product what its contract wants"),
    ("proto/config/config.h", None, "the list of parameters, those of one product named after it"),
    ("proto/budget.h", None, "the list of what clients share, by its parameters"),
    ("proto/config/config.c", None, "what --dev means for such a parameter"),
    ("tools/lectern/config.c", None, "how such a parameter is checked, by its name"),
    ("tools/lectern/allow.c", "attendance", "the command of that product"),
    ("transport/api/service/service.c", "attendance", "the name in the example of /health, which the attendance contract gives"),
    ("transport/api/classroom/reports.c", "attendance", "its own report of who was there, which its contract calls so"),
    ("store/sql/classroom/attendance.sql", "attendance", "likewise"),
    ("transport/api/courses/courses.c", "attendance", "its days of watching, which its contract calls so"),
    ("store/sql/courses/", "attendance", "likewise"),
    ("store/sql/coaching/make_report.sql", "practice", "what a report advises to do, in the words of the coaching contract"),
    ("store/sql/coaching/suggestions.sql", "practice", "what it proposes to do, which the coaching contract calls so"),
    ("store/pg_conninfo.c", "classroom", "the schema whose tables its statements and operators name without it"),
    ("store/sql/account/", None, "people are known by names in tables of products, and began in the classroom, which keeps their roles and tokens"),
    ("store/sql/operations/user.sql", "classroom", "likewise"),
]


def owner(path):
    """The product in whose own folders a file is; None: it is everybody's."""
    parts = path.parts
    for product, kinds in PRODUCTS.items():
        own = {product, *kinds}
        if (parts[0] == "proto" and path.stem in own or parts[0] == "actors" and parts[1] in own
                or parts[:2] in (("transport", "api"), ("store", "sql")) and parts[2] == product):
            return product
    return None


def allows(row, path, product):
    where, which, _ = row
    return which in (None, product) and (str(path) == where or where.endswith("/") and str(path).startswith(where))


def without_references(text):
    """Names of contracts in comments blanked."""
    blank = lambda m: " " * len(m[0])
    return COMMENT.sub(lambda m: REFERENCE.sub(blank, m[0]), text)


def check(root, allowed=None):
    rows = ALLOWED if allowed is None else allowed
    wrong, needed, seen = [], set(), set()
    for path in source.files(root, ".c", ".h", ".sql"):
        if not str(path).startswith(tuple(f + "/" for f in FOLDERS)):
            continue
        seen.add(str(path))
        text = without_references(source.read(root, path))
        for product, word in WORDS.items():
            if owner(path) == product:
                continue
            for found in word.finditer(text):
                excuses = [i for i, row in enumerate(rows) if allows(row, path, product)]
                needed.update(excuses[:1])
                if not excuses:
                    wrong.append(f"{path}:{source.line_of(text, found.start())}: {found[0]} outside the folders of {product}")
    for i, (where, _, why) in enumerate(rows):
        if i not in needed and any(p == where or where.endswith("/") and p.startswith(where) for p in seen):
            wrong.append(f"{where}: needs not be allowed ({why}); take it off ALLOWED")
    return wrong


if __name__ == "__main__":
    source.main(check)
