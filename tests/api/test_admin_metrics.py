"""What operators are told of queues, the database and how long things take; each answer fits its schema (fixture admin)."""
import re
import secrets
import subprocess

from admin import Operator
from classroom import Room, person
from client import wait_until
from launch import binary, run

STAGES = ["request", "turn", "statement", "said_to_committed", "commit", "committed_to_sent", "said_to_sent"]


def test_queues_are_those_of_the_manual(admin):
    rows = admin("queues")
    manual = run(binary(), "man").stdout.replace("\\-", "-")
    section = manual.partition(".SH QUEUES\n")[2].partition("\n.SH ")[0]
    told = re.findall(r"^\.TP\n\\fB(\w+)\\fR\n(.*)\n\.br\nlimit: (.*); when full: (.*)\n\.br\nfilled by: (.*)$", section, re.M)
    assert len(told) > 40 and [tuple(row[key] for key in ("queue", "about", "bounds", "when_full", "filled_by")) for row in rows] == told


def test_limits_in_force_are_those_that_are_written(start_server):
    server = start_server("--password-queue", 17, "--max-connections", 333, "--outbound-queue", 55)
    admin = Operator(server)
    rows = {row["queue"]: row for row in admin("queues")}
    assert [rows[name]["limit"] for name in ("passwords", "connections", "calls")] == [17, 333, 55]
    counted = [row for row in rows.values() if row["depth"] is not None]
    assert len(counted) >= 17
    for row in counted:
        written = re.match(r"\d+", row["bounds"])
        assert not written or row["limit"] == int(written[0]), row
        assert row["highest"] is None or row["highest"] >= row["depth"]
    assert rows["connections"]["highest"] >= 0 and rows["turns"]["refused"] == 0


def test_workers_say_how_busy_they_are_now(admin, server):
    rows = admin("workers")
    assert len(rows) == server.workers
    for row in rows:
        assert 0 <= row["busy_now"] <= 1 and row["turn_p99_ms"] > 0
        assert {"loop_turns", "busy", "actors", "connections", "wakeups"} <= set(row)


def test_db_names_every_connection(admin, server):
    rows = admin("db")
    assert [(row["worker"], row["kind"]) for row in rows] == [(n, kind) for n in range(server.workers) for kind in ("read", "slow", "write")]
    assert all(row["up"] and row["connects"] >= 1 and row["limit"] > 0 for row in rows)
    assert sum(row["queries"] for row in rows) > 0


def test_commits_and_their_histograms(admin, room):
    def all_turns():
        return sum(row["turns"] for row in admin("db", "commits"))

    before = all_turns()
    for n in range(3):
        room.act(room.teacher, "chat", text=f"{n}")
    assert all_turns() >= before + 3
    buckets = admin("db", "histogram")
    assert {row["what"] for row in buckets} == {"batch_turns", "commit_ms"}
    assert all(row["from"] < row["below"] for row in buckets)
    batches = {what: sum(row["count"] for row in buckets if row["what"] == what) for what in ("batch_turns", "commit_ms")}
    assert batches["batch_turns"] == batches["commit_ms"] >= 3


def test_latency_of_each_stage(admin, room):
    stream = room.stream(room.student())
    for n in range(3):
        room.act(room.teacher, "chat", text=f"{n}")
        stream.until("chat")
    rows = wait_until(lambda: (found := admin("latency", "--all")) and found[-1]["count"] >= 3 and found, what="three events")
    stream.close()
    assert [row["stage"] for row in rows] == STAGES
    assert all(row["count"] > 0 and row["p50_ms"] <= row["p90_ms"] <= row["p99_ms"] <= row["max_ms"] for row in rows)
    assert [row["stage"] for row in admin("latency")] == STAGES
    buckets = admin("latency", "histogram", "--all")
    assert {row["what"] for row in buckets} == set(STAGES)


def test_the_doctor_names_what_is_slow(start_server):
    server = start_server("--statement-timeout", 5000)
    admin = Operator(server)
    room = Room(server.api, person(server.api, "teacher"))
    room.act(room.teacher, "chat", text="quick")
    blocker = subprocess.Popen(server.database().arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
    blocker.stdin.write("begin; lock table classroom.logs in share row exclusive mode; select 'held';\n")
    blocker.stdin.flush()
    assert "held" in blocker.stdout.readline()
    with server.api.connect() as late:
        body = b'{"type":"chat","text":"slow"}'
        late.send(b"POST /sessions/%d/action?user_id=%d HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                  % (room.id, room.teacher.id, len(body)) + body)
        wait_until(lambda: sum(row["turns_in_flight"] for row in admin("db", "commits")) == 1, what="a commit under way")
        waited = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and clock_timestamp() - query_start > interval '50 ms'"
        wait_until(lambda: server.database().text(waited) == "1", what="a commit that has waited for a lock")
        blocker.stdin.close()
        blocker.wait(10)
        assert late.answer("POST").status == 200
    findings = {row["stage"]: row for row in admin("latency", "doctor")}
    assert re.fullmatch(r"commits take \d+\.\d ms \(p99\)", findings["commit"]["finding"]) and findings["commit"]["advice"]


def test_db_while_the_database_is_away(start_server, cluster):
    server = start_server(dev=False, environment={"DATABASE_URL": cluster.url(), "JWT_SECRET": secrets.token_hex(32)})
    admin = Operator(server)
    cluster.stop()
    wait_until(lambda: not any(row["up"] for row in admin("db")), what="connections that are gone")
    assert "database" in {row["stage"] for row in admin("latency", "doctor")}
    cluster.start()
    wait_until(lambda: all(row["up"] for row in admin("db")), what="connections that are back")
