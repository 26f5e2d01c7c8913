"""Commands of operators that change something: who may, and what is kept of them, whatever becomes of the database."""
import grp
import os
import pwd
import re
import stat

import pytest

from admin import Operator, Refused
from classroom import Room, person
from client import wait_until
from launch import binary, outside_server, run

NOBODY = "classroom/2000000000"


def rows(database):
    return database.rows("select * from operations.audit order by at, audit_id")


def quarantined(operator, room):
    return operator("actor", f"classroom/{room.id}")["state"] == "quarantined"


def test_a_change_is_logged_at_once_and_kept_with_who_made_it(start_server):
    server = start_server()
    operator, room = Operator(server), Room(server.api)
    stream = room.stream(room.student())
    assert operator("actor", f"classroom/{room.id}", "quarantine")["done"] and quarantined(operator, room)
    said = [line for line in server.stderr().splitlines() if "info operator " in line and "quarantine" in line]
    assert len(said) == 1 and re.search(r"uid=?\W*%d\b" % os.getuid(), said[0])
    assert operator("actor", f"classroom/{room.id}", "release")["done"]
    with pytest.raises(Refused, match="is not active"):
        operator("actor", NOBODY, "restart")
    kept = wait_until(lambda: (r := rows(server.database())) and len(r) == 3 and r, what="rows of the audit")
    assert [(row["command"], row["arguments"]) for row in kept] == [
        ("actor", f"classroom/{room.id} quarantine"), ("actor", f"classroom/{room.id} release"), ("actor", f"{NOBODY} restart")]
    assert [bool(row["failed"]) for row in kept] == [False, False, True]
    assert {(row["uid"], row["user_name"]) for row in kept} == {(os.getuid(), pwd.getpwuid(os.getuid()).pw_name)}
    assert all(row["pid"] > 0 and row["pid"] != server.process.pid for row in kept)
    shown = operator("audit", "--top", 2)
    assert [row["arguments"] for row in shown] == [f"{NOBODY} restart", f"classroom/{room.id} release"]
    stream.close()


def test_what_only_looks_is_not_kept(start_server):
    server = start_server()
    operator = Operator(server)
    for words in (["info"], ["actors"], ["outbox"], ["audit"], ["help"]):
        operator(*words)
    operator("outbox", "retry")
    kept = wait_until(lambda: rows(server.database()), what="the row of the change")
    assert [(row["command"], row["arguments"]) for row in kept] == [("outbox", "retry")]


def test_without_the_database_the_command_works_and_its_row_comes_later(cluster):
    server = outside_server(cluster).start()
    try:
        operator, room = Operator(server), Room(server.api)
        stream = room.stream(room.student())
        cluster.stop()
        assert operator("actor", f"classroom/{room.id}", "quarantine")["done"]
        with pytest.raises(Refused, match="database"):
            wait_until(lambda: operator("audit") and False, what="a database that is away")
        with pytest.raises(Refused, match="database"):
            operator("outbox", "retry")
        assert "quarantine" in server.stderr()
        cluster.start()
        kept = wait_until(lambda: (r := rows(cluster.database)) and len(r) == 2 and r, what="rows of the audit")
        assert kept[0]["arguments"].endswith("quarantine") and kept[1]["failed"]
        stream.close()
        server.stop()
    finally:
        server.remove()


def test_a_change_just_before_the_end_is_kept(cluster):
    server = outside_server(cluster).start()
    try:
        Operator(server).ask("outbox", "drop")
        server.stop()
        assert [row["arguments"] for row in rows(cluster.database)] == ["drop"]
    finally:
        server.remove()


def test_viewers_look_and_change_nothing(start_server, tmp_path):
    path = tmp_path / "viewers.sock"
    group = next(g for g in grp.getgrall() if g.gr_gid) if os.geteuid() == 0 else grp.getgrgid(os.getgid())
    server = start_server("--viewer-socket", path, "--viewer-group", group.gr_name)
    mode = os.stat(path)
    assert stat.S_IMODE(mode.st_mode) == 0o660 and mode.st_gid == group.gr_gid
    viewer, operator = Operator(server, "--admin-socket", path), Operator(server)
    assert viewer("info")["pid"] == server.process.pid and viewer("workers") and viewer("outbox") == []
    for row in operator("help"):
        if row["changes"] and row["command"] == "outbox":
            with pytest.raises(Refused, match="not for viewers"):
                viewer("outbox", "retry")
    with pytest.raises(Refused, match="not for viewers"):
        viewer("actor", NOBODY, "restart")
    operator("outbox", "retry")
    kept = wait_until(lambda: rows(server.database()), what="the row of the change")
    assert [row["arguments"] for row in kept] == ["retry"]
    server.stop()
    assert not path.exists()


def test_a_group_that_is_none_and_one_path_for_both(start_server, tmp_path):
    with pytest.raises(AssertionError, match="viewer-group"):
        start_server("--viewer-socket", tmp_path / "v", "--viewer-group", "no-such-group-here")
    with pytest.raises(AssertionError, match="cannot be the operators'"):
        start_server("--viewer-socket", tmp_path / "v", "--admin-socket", tmp_path / "v")


def command(server, *words):
    """A command of the binary that works on the database of the server."""
    return run(binary(), *map(str, words), "--data", server.data, env=server.surroundings())


def test_commands_beside_the_server_are_kept_too(start_server, tmp_path):
    server, file = start_server(), tmp_path / "people.csv"
    student = person(server.api, "student")
    file.write_text("ada@example.org,Ada,teacher\nbob@example.org,Bob,admin\n")
    done = [command(server, *words) for words in (
        ["role", "grant", student.id, "courses", "admin"], ["role", "list"], ["role", "revoke", student.id, "courses"],
        ["allow", "import", file], ["allow", "list"], ["allow", "del", "ada@example.org"], ["outbox", "drop", "all"], ["outbox", "list"])]
    assert [one.returncode for one in done] == [0] * len(done), done
    assert done[0].stdout == f"{student.id} {student.name}: admin in courses\n"
    kept = rows(server.database())
    assert [(row["command"], row["arguments"]) for row in kept] == [
        ("role", f"grant {student.id} courses admin"), ("role", f"revoke {student.id} courses"),
        ("allow", f"import {file}: added    ada@example.org  teacher; added    bob@example.org  admin"), ("allow", "del ada@example.org"),
        ("outbox", "drop all")]
    assert {(row["uid"], row["user_name"], row["failed"]) for row in kept} == {(os.getuid(), pwd.getpwuid(os.getuid()).pw_name, None)}
    assert all(row["pid"] > 0 and row["pid"] != server.process.pid for row in kept)
    assert [row["arguments"] for row in Operator(server)("audit", "--top", 1)] == ["drop all"]


def test_commands_that_fail_change_nothing_and_are_kept(start_server, tmp_path):
    server, file = start_server(), tmp_path / "people.csv"
    file.write_text("ada@example.org,Ada,teacher\nnobody\n")
    for words in (["role", "grant", 999, "courses", "admin"], ["allow", "import", file], ["allow", "del", "x@example.org"]):
        done = command(server, *words)
        assert done.returncode == 1 and done.stdout == "" and done.stderr
    kept = rows(server.database())
    assert [(row["arguments"], row["failed"]) for row in kept] == [
        ("grant 999 courses admin", "there is no such person"),
        (f"import {file}", "nobody is not an e-mail address (line 2); nothing was changed"),
        ("del x@example.org", "that address is not on the list")]
    assert command(server, "allow", "list").stdout == ""


def test_without_its_row_a_command_changes_nothing(start_server):
    server = start_server()
    student, database = person(server.api, "student"), server.database()
    database.text("alter table operations.audit rename to elsewhere")
    done = command(server, "role", "grant", student.id, "courses", "admin")
    assert done.returncode == 1 and done.stdout == "" and "operations.audit" in done.stderr
    assert "courses" not in command(server, "role", "list", student.id).stdout
    database.text("alter table operations.elsewhere rename to audit")
    assert command(server, "role", "grant", student.id, "courses", "admin").returncode == 0
    assert "courses" in command(server, "role", "list", student.id).stdout


def put_old_rows(database, count, days):
    database.text("insert into operations.audit (audit_id, at, command, arguments) "
                  f"select {days} * 100000 + n, now() at time zone 'utc' - interval '{days} days', 'test', '{days}' "
                  f"from generate_series(1, {count}) n")


def test_old_rows_are_forgotten_few_at_a_time(cluster):
    server = outside_server(cluster, "--audit-keep-days", 30).start()
    server.stop()
    for count, days in ((2300, 31), (40, 29), (5, 0)):
        put_old_rows(cluster.database, count, days)
    try:
        server.start()
        left = lambda: cluster.database.one("select count(*) as n from operations.audit")["n"]
        wait_until(lambda: left() == 45, what="a tidy audit")
        assert cluster.database.one("select count(*) as n from operations.audit where arguments = '31'")["n"] == 0
        said = [line for line in server.stderr().splitlines() if "audit are forgotten" in line]
        assert [re.search(r"rows=(\d+)", line)[1] for line in said] == ["1000", "1000", "300"]
    finally:
        server.stop()
        server.remove()


def test_zero_days_keep_everything(cluster):
    server = outside_server(cluster, "--audit-keep-days", 0).start()
    server.stop()
    put_old_rows(cluster.database, 3, 5000)
    try:
        server.start()
        wait_until(lambda: min(row["uptime_s"] for row in Operator(server)("workers")) >= 3, what="a server that has had time to forget")
        assert len(rows(cluster.database)) == 3
    finally:
        server.stop()
        server.remove()
