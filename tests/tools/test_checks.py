"""Each check of tools/checks finds what it is for, at its line, and leaves good input alone."""
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools/checks"))
import lengths  # noqa: E402
import names  # noqa: E402
import products  # noqa: E402


def run(check, root):
    done = subprocess.run(["/usr/bin/python3", "-B", str(TOP / f"tools/checks/{check}.py"), str(root)], capture_output=True,
                          text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def tree(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


BAD = [
    ("includes", "proto/a.c", '/* A. */\n#include "store/db.h"\n', 2, "proto/ must not include store/"),
    ("includes", "store/a.c", '#include "transport/http/request.h"\n', 1, "store/ must not include transport/"),
    ("includes", "actors/runtime/a.c", '\n\n#include "actors/room/turn.h"\n', 3, "the runtime must not include"),
    ("includes", "actors/runtime/a.c", '#include "store/db.h"\n', 1, "the runtime must not include"),
    ("includes", "proto/base/a.c", '#include "proto/errors.h"\n', 1, "proto/base/ must not include proto/"),
    ("includes", "proto/a.c", '#include "proto/openapi/openapi.h"\n', 1, "proto/ must not include proto/openapi/"),
    ("includes", "actors/room/a.c", '#include "actors/classroom/classroom.h"\n', 1, "actors/room/ must not include actors/classroom/"),
    ("includes", "actors/chat/a.c", '#include "actors/classroom/classroom.h"\n', 1, "actors/chat/ must not include actors/classroom/"),
    ("includes", "transport/sse/a.c", '#include "proto/classroom.h"\n', 1, "is for those of its kind"),
    ("includes", "actors/room/a.c", '#include "proto/classroom.h"\n', 1, "is for those of its kind"),
    ("includes", "transport/http/a.c", '#include "transport/sse/sse.h"\n', 1, "transport/http/ must not include transport/sse/"),
    ("includes", "transport/wire/a.c", '#include "transport/http/request.h"\n', 1, "transport/wire/ must not include transport/http/"),
    ("includes", "transport/wire/a.c", '#include "transport/sse/sse.h"\n', 1, "transport/wire/ must not include transport/sse/"),
    ("includes", "transport/wire/a.c", '#include "transport/transport.h"\n', 1, "transport/wire/ must not include transport/"),
    ("includes", "transport/services/fcm/a.c", '#include "transport/wire/wire.h"\n', 1, "must not include transport/wire/"),
    ("includes", "transport/outbound/a.c", '#include "transport/services/google/keys.h"\n', 1, "must not include transport/services/"),
    ("includes", "transport/api/courses/a.c", '#include "transport/admin/admin.h"\n', 1, "transport/api/ must not include transport/admin/"),
    ("includes", "transport/api/courses/a.c", '#include "transport/http/request_state.h"\n', 1, "private to its folder"),
    ("includes", "transport/a.c", '#include "actors/runtime/registry.h"\n', 1, "private to its folder"),
    ("includes", "transport/a.c", '#include "request.h"\n', 1, "not a path from the top"),
    ("includes", "transport/a.c", '#include "tests/help.h"\n', 1, "must not include tests/"),
    ("includes", "extra/a.c", "int a;\n", 1, "no folder for C is called extra"),
    ("products", "transport/sse/a.c", '/* A. */\nint classroom_n;\n', 2, "classroom outside the folders of classroom"),
    ("products", "actors/room/a.h", "/* What a Classroom has. */\n", 1, "Classroom outside"),
    ("products", "proto/a.c", 'const char *a = "live classrooms";\n', 1, "classrooms outside"),
    ("products", "tools/lectern/a.c", "int a = COURSES_LIST;\n", 1, "COURSES outside the folders of courses"),
    ("products", "store/sql/outbox/a.sql", "-- A\nselect 1 from attendance.classes\n", 2, "attendance outside"),
    ("products", "actors/classroom/a.c", "/* Unlike practice. */\n", 1, "practice outside"),
    ("products", "transport/api/courses/a.c", "int coaching;\n", 1, "coaching outside"),
    ("products", "store/a.c", 'const char *a = "classroom contract";\n', 1, "classroom outside"),
    ("sql", "store/a.c", 'f("select * from t");\n', 1, "SQL in C"),
    ("sql", "store/a.c", '\nf("INSERT "\n  "INTO t values (1)");\n', 2, "SQL in C"),
    ("sql", "store/a.c", 'f("update t set a = 1");\n', 1, "SQL in C"),
    ("sql", "store/a.c", 'f("select pg_advisory_lock(1)");\n', 1, "SQL in C"),
    ("sql", "store/a.h", '#define A "create table t ()"\n', 1, "SQL in C"),
    ("sleeps", "tests/a_test.c", "int main(void)\n{\n    usleep(1);\n}\n", 3, "sleeps"),
    ("sleeps", "tests/test_a.py", "import time\ntime.sleep(1)\n", 2, "sleeps"),
    ("sleeps", "tests/test_a.py", "from time import sleep, time\n", 1, "sleeps"),
    ("sleeps", "tests/a.sh", "true && sleep 1\n", 1, "sleeps"),
    ("sleeps", "tests/web/a.mjs", "/* A. */\nawait page.waitForTimeout(500);\n", 2, "sleeps"),
    ("sleeps", "tests/web/a.js", "await new Promise(done => setTimeout(done, 5));\n", 1, "sleeps"),
    ("sleeps", "tests/web/a.mjs", 'import { setTimeout } from "node:timers/promises";\n', 1, "sleeps"),
    ("atomics", "store/a.c", "static _Atomic int n;\n", 1, "_Atomic outside"),
    ("atomics", "transport/a.c", "\n__atomic_add_fetch(&n, 1, 0);\n", 2, "outside the runtime"),
    ("atomics", "proto/a.c", "#include <stdatomic.h>\n", 1, "outside the runtime"),
    ("prologue", "proto/a.c", '#include "proto/a.h"\n/* Late. */\n', 1, "does not open with a comment"),
    ("prologue", "proto/a.h", "/**/\nint a;\n", 1, "does not open with a comment"),
    ("prologue", "store/sql/a.sql", "select 1;\n", 1, "does not open with a comment"),
    ("prologue", "tools/web/a/a.js", "let a;\n", 1, "does not open with a comment"),
    ("format", "proto/a.c", "/* A file. */\nint  a ;\n", 2, "not formatted"),
]


@pytest.mark.parametrize("check,path,text,line,says", BAD, ids=[f"{b[0]}-{i}" for i, b in enumerate(BAD)])
def test_bad_input_is_found(tmp_path, check, path, text, line, says):
    (tmp_path / ".clang-format").write_text((TOP / ".clang-format").read_text())
    code, rows = run(check, tree(tmp_path, {path: text}))
    assert code == 1
    assert len(rows) == 1 and rows[0].startswith(f"{path}:{line}:") and says in rows[0], rows


def test_a_header_that_says_so_stays_in_its_folder(tmp_path):
    tree(tmp_path, {"transport/http/a.h": "/* A: what is\n * shared here. Private\n * to transport/http. */\n", "tests/a_test.c": '#include "transport/http/a.h"\n',
                    "transport/http/b.h": "/* B: for all. */\n/* Private to b.c. */\n", "transport/http/c.c": '/* C. */\n#include "transport/http/a.h"\n',
                    "transport/sse/d.c": '/* D. */\n#include "transport/http/b.h"\n'})
    assert run("includes", tmp_path) == (0, [])
    tree(tmp_path, {"transport/sse/d.c": '/* D. */\n#include "transport/http/a.h"\n'})
    assert run("includes", tmp_path) == (1, ["transport/sse/d.c:2: transport/http/a.h is private to its folder"])


GOOD = {
    "proto/a.c": '/* A: a file about select and sleep. */\n#include "proto/a.h"\n\n/* sleep(1) and atomic_int are only talked of. */\n'
                 'const char *a = "please select a room; update it; _Atomic";\n',
    "proto/a.h": "/* A: its header. */\nextern const char *a;\n",
    "store/a.h": '/* A: its states. */\n#include "proto/base/state.h"\n',
    "proto/message.c": "/* Message: counts. */\nstatic _Atomic int n;\n",
    "actors/runtime/mailbox.c": '/* Mailbox: a queue. */\n#include "proto/a.h"\nstatic _Atomic int n;\n',
    "store/sql/a.sql": "-- A_ONE: one row\nselect 1 from t;\n",
    "proto/b.h": "/* B: as it was told (classroom contract, section 9.1; courses\n * contract, section 2). */\n",
    "proto/classroom.h": "/* Classroom: its words. */\nint classroom_n, subpractices;\n",
    "actors/chat/a.c": "/* A: of practice. */\n",
    "store/sql/attendance/a.sql": "-- ATTENDANCE_A: attendance.\nselect 1 from attendance.a;\n",
    "transport/api/areas.c": "/* Areas: classroom, courses, practice. */\n",
    "schema/0001_a.up.sql": "-- A: classroom.\n",
    "tests/a_test.c": '/* A test of nothing. */\n#include "a_help.h"\n#include "tools/x.h"\nint main(void);\n',
    "tests/test_a.py": '"""Waits for events, never by time.sleep."""'.replace("time.sleep", "sleeping") + "\nimport time\n",
    "tests/web/a.test.mjs": "/* A test in a browser. */\nawait page.waitForEvent('load');\n",
    "build/generated/a.c": 'no prologue; f("select 1 from t");\n',
}


@pytest.mark.parametrize("check", ["includes", "products", "sql", "sleeps", "atomics", "prologue"])
def test_good_input_passes(tmp_path, check):
    assert run(check, tree(tmp_path, GOOD)) == (0, [])


TRIANGLE = {
    "proto/a.h": '/* A. */\n#include "proto/b.h"\n', "proto/a.c": '/* A. */\nint a_one(void)\n{\n    return 1;\n}\n',
    "proto/b.h": "/* B. */\nint b_one(void);\n", "proto/b.c": '/* B. */\nint b_one(void)\n{\n    return c_one();\n}\n',
    "proto/c.c": "/* C. */\nint c_one(void)\n{\n    return a_one();\n}\n",
}


def test_a_circle_of_three_files_is_found(tmp_path):
    code, rows = run("circles", tree(tmp_path, TRIANGLE))
    assert code == 1
    assert rows == ["circles: 0 pairs; the largest of 3: proto/a proto/b proto/c",
                    "proto/a: 3 files need each other: proto/a -> proto/b; proto/b -> proto/c; proto/c -> proto/a"]


@pytest.mark.parametrize("path,text,pairs", [
    ("proto/c.c", "/* C: a_one() is only talked of. */\nint c_one(void)\n{\n    return 1;\n}\n", 0),
    ("proto/c.c", "/* C. */\nstatic int a_one(void)\n{\n    return 1;\n}\n\nint c_one(void)\n{\n    return a_one();\n}\n", 0),
    ("proto/c.c", '/* C. */\nint c_one(void)\n{\n    return b_one();\n}\n', 1),
])
def test_pairs_and_ways_that_do_not_come_back_are_no_circle(tmp_path, path, text, pairs):
    assert run("circles", tree(tmp_path, {**TRIANGLE, path: text})) == (0, [f"circles: {pairs} pairs; none of more than two files"])


def test_a_place_is_allowed_only_while_it_names_a_product(tmp_path):
    tree(tmp_path, {"store/a.c": "/* A: courses. */\n", "store/b.c": "/* B. */\n"})
    rows = [("store/a.c", "courses", "a list"), ("store/b.c", "courses", "a list"), ("store/absent.c", None, "a list")]
    assert products.check(tmp_path, rows) == ["store/b.c: needs not be allowed (a list); take it off ALLOWED"]
    assert products.check(tmp_path, [("store/", "classroom", "a list")])[0] == "store/a.c:1: courses outside the folders of courses"


def test_changeable_parameters_are_read_from_the_view(tmp_path):
    tree(tmp_path, {"proto/config/config.h": "#define CONFIG_CHANGEABLE(X)  \\\n    X(one)  \\\n    X(two)\n\nextern int x;\n",
                    "store/a.c": "/* config.one */\nint a = config.three, b = config_here()->one, c = s.config.two;\nint d = config.two;\n"})
    assert run("live", tmp_path) == (1, ["store/a.c:3: two may change; read config_here()->two"])


def test_names_of_libraries_are_found(tmp_path):
    tree(tmp_path, {"usr/jansson.h": "json_t *json_object(void);\nint json_array_clear(json_t *array);\n",
                    "top/proto/json.h": "/* JSON. */\nvoid json_object(struct json *j,\n                 const char *key);\n"
                                        "/* json_array_clear(a); */\nvoid json_text(struct json *j);\n"})
    assert names.check(tmp_path / "top", [tmp_path / "usr"]) == ["proto/json.h:1: json_object is also a function of jansson.h"]


def test_names_reads_the_real_headers():
    found = names.declared(Path("/usr/include/jansson.h").read_text())
    assert {"json_object", "json_array", "json_loads", "json_real", "json_null"} <= found


def test_lengths_are_reported_not_judged(tmp_path):
    long_one = "/* Long. */\nstatic int f(int a)\n{\n" + "    a++;\n" * 90 + "    return a;\n}\n\nint g(void)\n{\n    return 1;\n}\n"
    tree(tmp_path, {"proto/a.c": long_one, "proto/b.c": "/* B. */\n" + "int x;\n" * 900})
    assert lengths.report(tmp_path) == ["proto/a.c:2: f has 93 lines", "proto/b.c: 901 lines",
                                        "2 functions: median 93, nine in ten within 93, longest 93 lines"]
