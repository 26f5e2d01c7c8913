"""What the server tells of itself to machines: /metrics as Prometheus reads it, /livez, /readyz, the alert rules and the dashboard."""
import json
import re
import secrets
import subprocess

import pytest

from admin import Operator
from classroom import Room, person
from client import Timeout, wait_until
from launch import REPOSITORY, Server, run
from managed import Frozen, thread_of

OPERATIONS = REPOSITORY / "tools/operations"
LABELS = {"worker", "area", "budget", "status", "kind", "queue", "end", "found", "reason", "state", "le", "version"}
SAMPLE = re.compile(r'^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+)\})? (\S+)$')
TOKEN = "a token of sixteen bytes or more"


class Metrics:
    """The text of /metrics, read strictly: families in one piece, each with its help and type first."""

    def __init__(self, text):
        self.types, self.values = {}, {}
        family = None
        assert text.endswith("\n")
        for line in text.splitlines():
            if line.startswith("# HELP "):
                family = line.split(" ")[2]
                assert family not in self.types, f"{family} in two pieces"
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == family
                self.types[name] = kind
            else:
                self.add(family, SAMPLE.match(line) or pytest.fail(line))

    def add(self, family, match):
        name, labels, value = match.groups()
        histogram = self.types[family] == "histogram"
        assert name in ([family + end for end in ("_bucket", "_sum", "_count")] if histogram else [family])
        key = name, frozenset(re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', labels or ""))
        assert key not in self.values, f"{key} twice"
        self.values[key] = float(value)

    def get(self, name, **labels):
        return self.values[name, frozenset(labels.items())]

    def total(self, name, **labels):
        return sum(value for (found, has), value in self.values.items() if found == name and labels.items() <= dict(has).items())

    def histograms(self):
        """Of each histogram and set of labels its buckets as (bound, count)."""
        found = {}
        for (name, labels), value in self.values.items():
            if name.endswith("_bucket"):
                rest = frozenset(pair for pair in labels if pair[0] != "le")
                found.setdefault((name[:-7], rest), []).append((float(dict(labels)["le"].replace("+Inf", "inf")), value))
        return found


def read(server, **options):
    answer = server.api.get("/metrics", **options)
    assert answer.status == 200, answer
    assert answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    return Metrics(answer.body.decode())


def promtool(*words, **options):
    return run("promtool", *words, **options)


def test_promtool_has_nothing_to_say(server, room):
    room.stream(room.student()).close()
    done = promtool("check", "metrics", input=server.api.get("/metrics").body.decode())
    assert done.returncode == 0 and not done.stdout + done.stderr, done


def test_names_types_and_units(server):
    metrics = read(server)
    for name, kind in metrics.types.items():
        assert name.startswith(("lectern_", "process_")) and kind in ("counter", "gauge", "histogram")
        assert (kind == "counter") == name.endswith("_total")
        assert not re.search(r"_(ms|us|ns|milliseconds|kb|mb|percent)(_|$)", name)
        assert any(found.startswith(name) for found, _ in metrics.values)


def test_histograms_add_up(server, room):
    stream = room.stream(room.student())
    room.act(room.teacher, "chat", text="something to deliver")
    stream.until("chat")
    metrics = read(server)
    stream.close()
    histograms = metrics.histograms()
    assert {name for name, _ in histograms} == {name for name, kind in metrics.types.items() if kind == "histogram"}
    for (name, labels), buckets in histograms.items():
        bounds, counts = zip(*buckets)
        assert list(bounds) == sorted(bounds) and bounds[-1] == float("inf") and list(counts) == sorted(counts)
        assert counts[-1] == metrics.values[name + "_count", labels]
        assert metrics.values[name + "_sum", labels] >= 0


def test_series_do_not_grow_with_people_and_rooms(server, api):
    before = read(server)
    for _ in range(5):
        room = Room(api, person(api, "teacher"))
        room.stream(room.student()).close()
    api.get("/nobody/knows/this")
    after = read(server)
    assert set(before.values) == set(after.values)
    assert {name for _, labels in after.values for name, _ in labels} <= LABELS


def test_what_happens_is_counted(start_server):
    server = start_server(workers=2)
    room = Room(server.api, person(server.api, "teacher"))
    student = room.student()
    before = read(server)
    stream = room.stream(student)
    assert read(server).get("lectern_connections", kind="stream") == 1
    for n in range(3):
        assert room.action(room.teacher, "chat", text=f"{n}").status == 200
        stream.until("chat")
    assert server.api.get("/sessions/999999/logs", room.teacher).status == 404
    assert server.api.get("/nobody/knows/this").status == 404
    after = wait_until(lambda: (m := read(server)).total("lectern_publish_deliver_seconds_count") >= 3 and m, what="three events")
    stream.close()

    def more(name, **labels):
        return after.total(name, **labels) - before.total(name, **labels)

    assert more("lectern_publish_commit_seconds_count") >= 4 and more("lectern_batch_turns_sum") >= 4
    assert more("lectern_commits_total") == more("lectern_commit_seconds_count") == more("lectern_batch_turns_count") >= 3
    assert more("lectern_events_total") >= 3 and more("lectern_stream_sends_total") >= 3
    assert more("lectern_streams_opened_total") == 1
    assert more("lectern_requests_total", area="classroom", status="2xx") == more("lectern_request_seconds_count", area="classroom") - 1 == 4
    assert more("lectern_requests_total", area="classroom", status="4xx") == 1
    assert more("lectern_requests_total", area="none", status="4xx") == 1
    assert more("lectern_received_bytes_total") > 300 and more("lectern_sent_bytes_total") > 300
    assert after.get("lectern_queue_limit", queue="turns") == 65536
    assert after.total("lectern_worker_up") == after.get("lectern_workers_serving") == 2


def test_a_queue_that_is_full_counts_what_it_refuses(start_server):
    server = start_server("--max-connections", 2, workers=1)
    first, second = server.api.connect(), server.api.connect()
    assert [c.request("GET", "/livez").status for c in (first, second)] == [200, 200]
    assert server.api.connect().request("GET", "/livez").status == 503
    metrics = Metrics(first.request("GET", "/metrics").body.decode())
    assert metrics.get("lectern_queue_refused_total", queue="connections") == 1
    assert metrics.get("lectern_queue_highest", queue="connections") >= 2
    assert metrics.get("lectern_queue_limit", queue="connections") == 2
    assert metrics.get("lectern_connections_refused_total") == 1


# ---- who may read ----

def test_a_token_opens_it_and_nothing_else_does(start_server):
    server = start_server("--metrics-token", TOKEN)
    read(server, headers={"Authorization": f"Bearer {TOKEN}"})
    for wrong in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Bearer {TOKEN[:-1]}"},
                  {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Bearer {TOKEN}{TOKEN}"}):
        assert server.api.get("/metrics", headers=wrong).status == 401, wrong


def test_without_a_token_it_is_not_there(cluster):
    server = Server(dev=False, environment={"DATABASE_URL": cluster.url(), "JWT_SECRET": secrets.token_hex(32)})
    try:
        server.start()
        assert server.api.get("/metrics").status == 404
        assert server.api.get("/readyz").status == 200
        server.stop()
    finally:
        server.remove()


def test_a_short_token_is_refused_at_start(start_server):
    with pytest.raises(AssertionError, match="LECTERN_METRICS_TOKEN has 5 bytes; it must have 16 or more"):
        start_server("--metrics-token", "short")


# ---- alive and ready ----

def checks(server):
    answer = server.api.get("/readyz")
    told = answer.json()
    assert (answer.status == 200) == (told["status"] == "ready") == all(told["checks"].values()), told
    return told["checks"]


def failing(server):
    return {name for name, good in checks(server).items() if not good}


def test_readiness_names_what_fails(cluster):
    server = Server(dev=False, environment={"DATABASE_URL": cluster.url(), "JWT_SECRET": secrets.token_hex(32), "LECTERN_METRICS_TOKEN": TOKEN})
    try:
        server.start()
        assert set(checks(server)) == {"started", "database", "migrations", "commits", "not_draining"} and not failing(server)
        steps = cluster.database.text("select max(number) from schema_migrations")
        cluster.database.text(f"update schema_migrations set number = -1 where number = {steps}")
        assert failing(server) == {"migrations"}
        cluster.database.text(f"update schema_migrations set number = {steps} where number = -1")
        assert not failing(server)
        cluster.stop()
        wait_until(lambda: {"database", "migrations"} <= failing(server), what="readiness without a database")
        metrics = read(server, headers={"Authorization": f"Bearer {TOKEN}"})
        assert metrics.get("lectern_database_workers", kind="write") < 2
        assert server.api.get("/livez").json() == {"status": "alive"}
        cluster.start()
        wait_until(lambda: not failing(server), what="readiness with the database back")
        server.stop()
    finally:
        server.remove()


def answered(server, path):
    """What the worker says that still turns: a connection may have come to the other one."""
    def once():
        with server.api.connect(timeout=1) as connection:
            try:
                return connection.request("GET", path)
            except (Timeout, TimeoutError):
                return None

    return wait_until(once, 60, what="an answer")


def test_a_worker_that_stands_still_is_named(start_server):
    server = start_server(workers=2)
    assert server.api.get("/livez").json() == {"status": "alive"}
    before = read(server)
    with Frozen(thread_of(server.process.pid, "worker-1")):
        metrics = Metrics(answered(server, "/metrics").body.decode())
        assert (metrics.get("lectern_worker_up", worker="0"), metrics.get("lectern_worker_up", worker="1")) == (1, 0)
        for name, kind in metrics.types.items():
            if kind == "counter":
                assert metrics.total(name) >= before.total(name), f"{name} has fallen"
        stuck = wait_until(lambda: (a := answered(server, "/livez")).status == 503 and a, 60, what="a worker taken for stuck")
        assert stuck.json() == {"status": "stuck", "workers": [1]}
        assert "worker 1 does not answer" in {row["finding"] for row in Operator(server)("latency", "doctor")}
    wait_until(lambda: server.api.get("/livez").status == 200, what="a worker that turns again")
    assert read(server).total("lectern_worker_up") == 2


def test_readiness_says_that_commits_are_refused(start_server):
    server = start_server("--statement-timeout", 200)
    room = Room(server.api, person(server.api, "teacher"))
    room.act(room.teacher, "chat", text="in time")
    blocker = subprocess.Popen([*server.database().arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/")
    try:
        blocker.stdin.write("begin; lock table classroom.logs in share row exclusive mode; select 'held';\n")
        blocker.stdin.flush()
        assert "held" in blocker.stdout.readline()
        assert room.action(room.teacher, "chat", text="too late").status == 503
        wait_until(lambda: failing(server) == {"commits"}, what="commits that are refused")
        wait_until(lambda: read(server).get("lectern_commits_refused") == 1, what="the same in /metrics")
    finally:
        blocker.stdin.close()
        blocker.wait(10)
    wait_until(lambda: room.action(room.teacher, "chat", text="again").status == 200, what="commits that are taken again")
    assert not failing(server)


# ---- what operators install ----

def named(text):
    return set(re.findall(r"\blectern_[a-z_]+\b", text))


def test_every_name_in_rules_and_dashboard_is_told(server):
    metrics = read(server)
    told = {name for name, _ in metrics.values}
    rules = "\n".join(re.findall(r"expr:((?:.|\n)*?)(?:for|labels):", (OPERATIONS / "alerts.yml").read_text()))
    panels = json.loads((OPERATIONS / "dashboard.json").read_text())["panels"]
    expressions = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    assert len(named(rules)) >= 12 and len(expressions) >= 30
    assert named(rules) | named("\n".join(expressions)) <= told
    series = named((OPERATIONS / "alerts_test.yml").read_text())
    assert series <= told


def test_the_dashboard_asks_what_prometheus_understands(tmp_path):
    panels = json.loads((OPERATIONS / "dashboard.json").read_text())["panels"]
    rules = [{"record": f"panel:{panel['id']}_{target['refId']}",
              "expr": target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".+")}
             for panel in panels for target in panel.get("targets", ())]
    path = tmp_path / "panels.yml"
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    done = promtool("check", "rules", path)
    assert done.returncode == 0, done
    places = [tuple(panel["gridPos"][key] for key in "xy") for panel in panels]
    assert len(set(places)) == len(places) and len({panel["id"] for panel in panels}) == len(panels)


def test_the_rules_hold_and_do_what_they_say():
    done = promtool("check", "rules", OPERATIONS / "alerts.yml")
    assert done.returncode == 0, done
    done = promtool("test", "rules", OPERATIONS / "alerts_test.yml")
    assert done.returncode == 0, done
    alerts = set(re.findall(r"alert: (\w+)", (OPERATIONS / "alerts.yml").read_text()))
    fired = set(re.findall(r'alertname="(\w+)"', (OPERATIONS / "alerts_test.yml").read_text()))
    assert alerts == fired
