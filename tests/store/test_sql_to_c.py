"""The build's step from SQL files to C tables: what it makes compiles and says what the files say; every mistake is told with its
file and line."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = """-- THING_ADD: adds a thing,
-- and says so. Index: none.
-- takes: caller.user_id int4, body.title text,
--   arg.list uuid[]
-- gives: status int4, body json
insert into things values ($1, $2, $3) -- not $9, nor ';'
returning 200, '$8 "x" ? \\ ;';
"""


def build(tmp_path):
    return subprocess.run([sys.executable, ROOT / "store/sql_to_c.py", tmp_path, tmp_path / "out"],
                          capture_output=True, text=True)


def put(tmp_path, path, text):
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def run_c(tmp_path, body):
    """Compiles the made files with a main that has this body, and returns what it prints."""
    main = put(tmp_path, "out/main.c", '#include "store/statements.h"\n#include "store/migrate.h"\n#include <stdio.h>\n'
               "int main(void)\n{\n" + body + "\nreturn 0;\n}\n")
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc/store").symlink_to(tmp_path / "out")
    subprocess.run(["cc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", f"-I{tmp_path}/inc", f"-I{ROOT}", "-o",
                    tmp_path / "main", main, tmp_path / "out/statements.c", tmp_path / "out/migrations.c"], check=True)
    return subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout


def test_columns_have_names(tmp_path):
    put(tmp_path, "store/sql/things/add.sql", GOOD)
    assert build(tmp_path).returncode == 0
    assert run_c(tmp_path, 'printf("%d %d", THING_ADD_STATUS, THING_ADD_BODY);') == "0 1"


def test_two_columns_of_one_name_are_refused(tmp_path):
    put(tmp_path, "store/sql/things/a.sql", "-- THING: x\n-- gives: the_name text\nselect 1\n")
    put(tmp_path, "store/sql/things/b.sql", "-- THING_THE: x\n-- gives: name text\nselect 1\n")
    told = build(tmp_path)
    assert told.returncode == 1 and told.stderr == (
        "store/sql/things/b.sql:1: the column name would be THING_THE_NAME, which is a name of store/sql/things/a.sql\n")


ERRORS = """#define ERRORS(X) \\
    X(GONE, 404, "It's gone") \\
    X(TAKEN, 400,                   \\
      "Taken")
"""


@pytest.mark.parametrize("refuses, sql, told", [
    ("-- refuses: GONE, TAKEN\n", "select :'GONE', 1::text, 'x'::\"char\", :'TAKEN'", None),
    ("-- refuses: GONE, LOST\n", "select :'GONE'", "3: 'LOST' is no row of proto/errors.h"),
    ("-- refuses: GONE, TAKEN\n", "select :'GONE'", "3: 'TAKEN' is not used; write :'TAKEN' where its text belongs"),
    ("", "select :'GONE'", "1: :'GONE' is used and not in the line 'refuses:'"),
])
def test_texts_of_refusals_come_from_the_errors(tmp_path, refuses, sql, told):
    put(tmp_path, "proto/errors.h", ERRORS)
    put(tmp_path, "store/sql/things/a.sql", f"-- THING: x\n-- gives: a text\n{refuses}{sql}\n")
    out = build(tmp_path)
    if told:
        assert (out.returncode, out.stderr) == (1, f"store/sql/things/a.sql:{told}\n")
    else:
        assert out.returncode == 0, out.stderr
        assert run_c(tmp_path, 'printf("%s", THING.sql);') == "select 'It''s gone', 1::text, 'x'::\"char\", 'Taken'"


def test_a_statement_says_what_its_file_says(tmp_path):
    put(tmp_path, "store/sql/things/add.sql", GOOD)
    put(tmp_path, "store/sql/things/put.sql", "-- THING_PUT: x\n-- takes: row.a int8[]\n-- batch: 3\nselect unnest($1)\n")
    put(tmp_path, "schema/0002_b.up.sql", "select 'b';\n")
    put(tmp_path, "schema/0002_b.down.sql", "")
    put(tmp_path, "schema/0001_a.up.sql", "select \"a\";\n-- ü\n")
    put(tmp_path, "schema/0001_a.down.sql", "x")
    assert build(tmp_path).returncode == 0
    told = run_c(tmp_path, r"""
        for (int i = 0; i < statement_count; i++) {
            const struct statement *s = statements[i];
            printf("%s|%s|%d|%d\n%s\n%s\n", s->name, s->area, s->batch, s->index, s->about, s->sql);
            for (int k = 0; k < s->nparams; k++)
                printf("%s %s %u %u\n", s->params[k].source, s->params[k].type, s->params[k].oid, s->params[k].element_oid);
            for (int k = 0; k < s->ncolumns; k++)
                printf("> %s %s\n", s->columns[k].source, s->columns[k].type);
        }
        for (int i = 0; i < migration_count; i++)
            printf("%d %s [%s][%s]\n", migrations[i].number, migrations[i].name, migrations[i].up, migrations[i].down);
        return &THING_PUT != statements[1];
    """)
    assert told == """THING_ADD|things|0|0
adds a thing, and says so. Index: none.
insert into things values ($1, $2, $3) -- not $9, nor ';'
returning 200, '$8 "x" ? \\ ;'
caller.user_id int4 23 0
body.title text 25 0
arg.list uuid[] 2951 2950
> status int4
> body json
THING_PUT|things|3|1
x
select unnest($1)
row.a int8[] 1016 20
1 a [select "a";
-- ü
][x]
2 b [select 'b';
][]
"""


def test_no_file_at_all_is_well(tmp_path):
    assert build(tmp_path).returncode == 0
    assert run_c(tmp_path, 'printf("%d %d", statement_count, migration_count);') == "0 0"


def test_what_did_not_change_is_not_written(tmp_path):
    put(tmp_path, "store/sql/things/add.sql", GOOD)
    build(tmp_path)
    before = {f.name: f.stat().st_mtime_ns for f in (tmp_path / "out").iterdir()}
    build(tmp_path)
    assert before == {f.name: f.stat().st_mtime_ns for f in (tmp_path / "out").iterdir()}
    put(tmp_path, "store/sql/things/add.sql", GOOD.replace("adds", "makes"))
    build(tmp_path)
    after = {f.name: f.stat().st_mtime_ns for f in (tmp_path / "out").iterdir()}
    assert {n for n in before if before[n] != after[n]} == {"statements.c"}


MISTAKES = [
    ("", "a.sql:1: the first line must be"),
    ("select 1", "a.sql:1: the first line must be"),
    ("-- Thing_add: x\nselect 1", "a.sql:1: the name 'Thing_add' is not UPPER_SNAKE"),
    ("-- A__B: x\nselect 1", "a.sql:1: the name 'A__B' is not UPPER_SNAKE"),
    ("-- A: x\n", "no SQL"),
    ("-- A: x\n-- takes: arg.a int\nselect $1", "a.sql:2: unknown type 'int'"),
    ("-- A: x\n-- takes: arg.a text[][]\nselect $1", "a.sql:2: unknown type 'text[][]'"),
    ("-- A: x\n-- takes: arg.a\nselect $1", "a.sql:2: 'arg.a' is not 'source type'"),
    ("-- A: x\n-- takes: cookie.a text\nselect $1", "a.sql:2: 'cookie.a' is not a source"),
    ("-- A: x\n-- gives: a b c\nselect 1", "a.sql:2: 'a b c' is not 'column type'"),
    ("-- A: x\n-- takes: arg.a text\n-- takes: arg.b text\nselect $1", "a.sql:3: 'takes:' is there twice"),
    ("-- A: x\n-- returns: a text\nselect 1", "a.sql:2: unknown key 'returns:'"),
    ("-- A: x\n-- takes: arg.a text,\n-- arg.b text\nselect $1", "a.sql:3: a continued line begins with"),
    ("-- A: x\n-- takes: arg.a text\n\nselect\n$2", "a.sql:5: $2 is used, but the statement takes 1"),
    ("-- A: x\n-- takes: arg.a text, arg.b text\nselect $1", "a.sql:3: $2 (arg.b) is not used"),
    ("-- A: x\n-- takes: arg.a text\nselect '$1'", "$1 (arg.a) is not used"),
    ("-- A: x\nselect 1;\nselect 2", "a.sql:2: one statement to a file"),
    ("-- A: x\n-- batch: 0\nselect 1", "a.sql:2: batch: '0'"),
    ("-- A: x\n-- batch: 1\nselect 1", "a batch statement takes at least one array"),
    ("-- A: x\n-- takes: arg.a int4[]\n-- batch: 1\nselect $1", "a batch statement takes row.* arrays"),
    ("-- A: x\n-- takes: row.a int4\n-- batch: 1\nselect $1", "a batch statement takes row.* arrays"),
    ("-- A: x\n-- takes: row.a int4[]\nselect $1", "a batch statement takes row.* arrays"),
]


@pytest.mark.parametrize("text, sentence", MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path, text, sentence):
    put(tmp_path, "store/sql/area/a.sql", text)
    done = build(tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_name_is_there_once(tmp_path):
    put(tmp_path, "store/sql/area/a.sql", "-- A: x\nselect 1")
    put(tmp_path, "store/sql/other/b.sql", "-- A: x\nselect 1")
    assert "store/sql/other/b.sql:1: A is already in store/sql/area/a.sql" in build(tmp_path).stderr


@pytest.mark.parametrize("files, sentence", [
    (["0001_a.up.sql"], "step 0001 has no 0001_a.down.sql"),
    (["0001_a.down.sql"], "step 0001 has no 0001_a.up.sql"),
    (["1_a.up.sql"], "schema/1_a.up.sql:1: not NNNN_name"),
    (["0000_a.up.sql", "0000_a.down.sql"], "numbers begin at 0001"),
    (["0001_a.up.sql", "0001_a.down.sql", "0001_b.up.sql", "0001_b.down.sql"], "number 0001 is already taken by a"),
])
def test_steps_come_in_pairs_with_their_own_number(tmp_path, files, sentence):
    for file in files:
        put(tmp_path, "schema/" + file, "select 1")
    done = build(tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
