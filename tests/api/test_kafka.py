"""Practice contract, section 9: what happened is published to Kafka, at least once, in the order of each key, whatever becomes of
the server or the brokers, and never in anybody's way. Against a cluster out of librdkafka (tests/outside/kafka)."""
import itertools
import sys
import uuid
from pathlib import Path

import pytest

from admin import Operator
from client import wait_until
from launch import binary, own_port, run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outside/kafka"))
from cluster import Mock, Reader  # noqa: E402

BREAKS = -195  # the connection does
NOT_LEADER, TOO_FEW_REPLICAS, NO_SUCH_TOPIC, NOT_ALLOWED = 6, 19, 3, 29
NO_CLUSTER_RIGHT = 31
PRODUCE, NUMBERS = 0, 22  # requests
_numbers = itertools.count()  # events are numbered as they are published, over all calls


class Kafka:
    """A server, its brokers, and a reader of all of it."""

    def __init__(self, start, *options, brokers=3):
        self.mock = Mock(brokers)
        self.reader = Reader(self.mock.servers)
        self.server = start(*options, environment={"KAFKA_BOOTSTRAP_SERVERS": self.mock.servers})
        self.database = self.server.database()

    def publish(self, topic, keys, count, word=None):
        """So many events in one transaction, of so many keys in turn. Returns their ids in that order."""
        return publish(self.database, topic, keys, count, word or uuid.uuid4().hex)

    def empty(self, where="true"):
        wait_until(lambda: self.database.text(f"select count(*) from outbox.events where {where}") == "0", timeout=60,
                   what="an empty outbox")

    def close(self):
        self.reader.close()
        self.mock.close()


def publish(database, topic, keys, count, word):
    first = next(_numbers) * 100000
    return database.text(f"""
        select outbox.publish('{topic}', 'k' || n % {keys}, jsonb_build_object('word', '{word}', 'n', n))
        from generate_series({first}, {first + count - 1}) n""").splitlines()


def in_order(records):
    """Each key's events came in their order: what is repeated begins further back and goes on in order; ids tell once."""
    seen, last = set(), {}
    for record in records:
        if record["id"] not in seen:
            seen.add(record["id"])
            key = record["topic"], record["key"], record["value"]["word"]
            assert record["value"]["n"] > last.get(key, -1), record
            last[key] = record["value"]["n"]
    return len(seen)


def waiting(database):
    """Beside what the server tells of itself."""
    return int(database.text("select count(*) from outbox.events where topic <> 'system-events'"))


@pytest.fixture(scope="module")
def kafka(start_module_server):
    own = Kafka(start_module_server)
    yield own
    own.close()


@pytest.fixture(scope="module")
def lonely(start_module_server):
    """A server whose brokers are nowhere, and which keeps few events."""
    return start_module_server("--outbox-events", 50, "--outbox-max-age", 3600,
                               environment={"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{own_port()}"})


# ---- a record ----

def test_a_record_has_key_value_and_id(kafka):
    (event,) = kafka.publish("student-events", 1, 1, "first")
    (record,) = kafka.reader.ids([event])
    assert record["topic"] == "student-events" and record["key"] == "k0" and record["id"] == event
    assert record["value"].pop("timestamp")
    assert record["value"]["word"] == "first" and set(record["value"]) == {"word", "n"}
    kafka.empty()


def test_the_timestamp_is_utc_without_a_suffix(kafka):
    events = kafka.database.text("""
        select outbox.publish('student-events', 'a', '{"a": "ß\\u0001\\"\\\\"}'),
               to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US'), (extract(epoch from now()) * 1000)::bigint""").split("|")
    (record,) = kafka.reader.ids(events[:1])
    assert record["value"] == {"a": 'ß\x01"\\', "timestamp": events[1]}
    assert abs(record["at_ms"] - int(events[2])) <= 1


def test_what_rolls_back_is_never_published(kafka):
    kafka.database.script(["begin;", "select outbox.publish('student-events', 'k0', '{\"gone\": 1}');", "rollback;"])
    kafka.reader.ids(kafka.publish("student-events", 1, 1))
    assert not [r for r in kafka.reader.records if "gone" in r["value"]]


@pytest.mark.parametrize("event", ["'[1]'", "'1'", "null", "'null'"])
def test_what_is_no_event_fails_nobody(kafka, event):
    assert kafka.database.text(f"select outbox.publish('student-events', 'k', {event}) is null") == "t"
    assert kafka.database.text("select outbox.publish('student-events', null, '{}') is null") == "t"


def test_many_keys_keep_their_order(kafka):
    events = kafka.publish("exercise-submissions", 50, 5000)
    records = kafka.reader.ids(events)
    assert in_order(records) == len(events)
    assert len({record["partition"] for record in records}) > 1
    kafka.empty()


# ---- brokers ----

def test_order_holds_when_sending_fails(kafka):
    """What brokers refuse for a while, and answers that are lost, are the library's to send again."""
    events = []
    for error in (BREAKS, NOT_LEADER, TOO_FEW_REPLICAS):
        kafka.mock.do("fail", 3, error, PRODUCE)
        events += kafka.publish("progress-updates", 5, 500, "fails")
    assert in_order(kafka.reader.ids(events)) == len(events)
    kafka.empty()


def test_other_leaders(kafka):
    kafka.mock.do("create", "led", 2)
    for partition in (0, 1):
        kafka.mock.do("leader", "led", partition, 1)
    events = kafka.publish("led", 10, 1000, "led")
    kafka.mock.do("down", 1)
    events += kafka.publish("led", 10, 1000, "led")
    for partition in (0, 1):
        kafka.mock.do("leader", "led", partition, 2)
    events += kafka.publish("led", 10, 1000, "led")
    kafka.mock.do("up", 1)
    assert in_order(kafka.reader.ids(events)) == len(events)
    kafka.empty()


def test_brokers_that_are_away_and_back(kafka):
    events = kafka.publish("chat-messages", 3, 10, "away")
    kafka.reader.ids(events)
    kafka.mock.do("down")
    wait_until(lambda: "Kafka cannot be reached: events wait" in kafka.server.stderr(), timeout=60, what="the warning")
    events += kafka.publish("chat-messages", 3, 2000, "away")
    assert kafka.server.api.get("/health").status == 200
    assert waiting(kafka.database) >= 2000
    kafka.mock.do("up")
    assert in_order(kafka.reader.ids(events)) >= len(events)
    kafka.empty()
    wait_until(lambda: "Kafka is reached" in kafka.server.stderr(), what="its end")
    said = [line for line in kafka.server.stderr().splitlines() if "afka" in line]
    assert len(said) < 12, said


def test_one_that_is_too_large_is_dead_and_the_others_go_on(kafka):
    large = kafka.database.text("select outbox.publish('student-events', 'k', jsonb_build_object('x', repeat('x', 1100000)))")
    (after,) = kafka.publish("student-events", 1, 1)
    kafka.reader.ids([after])
    dead = kafka.database.one("select id, kind, state, payload ->> 'topic' as topic, last_error from outbox.messages")
    assert dead == {"id": large, "kind": "event", "state": "dead", "topic": "student-events",
                    "last_error": "Broker: Message size too large"}
    kafka.database.text("delete from outbox.messages")


@pytest.mark.parametrize("error", [NO_SUCH_TOPIC, NOT_ALLOWED])
def test_a_topic_that_takes_nothing_holds_up_no_other(kafka, error):
    """For one of the two errors the library tells us so, for the other it waits for ever: it must be told to forget."""
    topic = f"refused-{error}"
    kafka.mock.do("refuse", topic, error)
    held = kafka.publish(topic, 2, 10, "held")
    others = kafka.publish("student-events", 2, 10, "others")
    kafka.reader.ids(others)
    kafka.empty(f"topic <> '{topic}'")
    assert waiting(kafka.database) == len(held)
    wait_until(lambda: f"a topic does not take events: they wait topic={topic}" in kafka.server.stderr(), what="the warning")
    kafka.mock.do("refuse", topic, 0)
    assert in_order(kafka.reader.ids(held)) == len(held)
    kafka.empty()


# ---- the server ----

def test_a_kill_loses_nothing(kafka):
    """Between the commit and the publication, while it publishes, and after it: a start goes on."""
    events = []
    kafka.mock.do("delay", 100)
    for _ in range(3):
        events += kafka.publish("exercise-submissions", 7, 1500, "killed")
        kafka.server.kill()
        kafka.server.start()
    kafka.mock.do("delay", 0)
    assert in_order(kafka.reader.ids(events)) == len(events)
    kafka.empty()


def test_a_client_that_gives_up_is_made_anew(kafka):
    """What the library calls fatal: here, that it is not allowed to number its records, twice."""
    kafka.server.terminate()
    kafka.server.wait()
    kafka.mock.do("fail", 2, NO_CLUSTER_RIGHT, NUMBERS)
    kafka.server.start()
    events = kafka.publish("student-events", 2, 100, "renewed")
    assert in_order(kafka.reader.ids(events)) == len(events)
    assert kafka.server.stderr().count("Kafka's client has given up") == 1, "said once a minute"
    kafka.empty()


def test_a_stop_lets_events_leave(kafka):
    events = kafka.publish("student-events", 5, 3000, "stopped")
    kafka.server.terminate()
    assert kafka.server.wait() == 0, kafka.server.stderr()[-4000:]
    assert in_order(kafka.reader.ids(events)) == len(events)
    kafka.server.start()
    assert waiting(kafka.database) == 0


def test_without_a_kafka_nothing_is_kept(server):
    database = server.database()
    assert database.text("select outbox.publish('student-events', 'k', '{}') is null") == "t"
    assert waiting(database) == 0


# ---- no brokers ----

def test_without_brokers_everything_works_and_stops(lonely):
    database = lonely.database()
    publish(database, "student-events", 1, 20, "nobody")
    wait_until(lambda: "Kafka cannot be reached" in lonely.stderr(), timeout=60, what="the warning")
    assert lonely.api.get("/health").status == 200
    lonely.terminate()
    assert lonely.wait() == 0
    lonely.start()
    assert waiting(database) == 20
    assert lonely.stderr().count("Kafka cannot be reached") <= 2


def test_beyond_the_bound_the_oldest_are_dropped(lonely):
    database = lonely.database()
    database.text("delete from outbox.events")
    events = publish(database, "student-events", 1, 80, "many")
    wait_until(lambda: waiting(database) == 50, what="the bound")
    assert database.text("select id from outbox.events order by seq").splitlines() == events[30:]
    wait_until(lambda: "the oldest are dropped dropped=30" in lonely.stderr(), what="the warning")


def test_what_waited_when_kafka_was_taken_away_stays_a_while(lonely):
    database = lonely.database()
    database.text("delete from outbox.events")
    publish(database, "student-events", 1, 2, "nobody")
    database.text("update outbox.events set created_at = created_at - interval '2 hours' where seq = (select min(seq) from outbox.events)")
    lonely.terminate()
    lonely.wait()
    lonely.environment = {}
    lonely.start()
    wait_until(lambda: waiting(database) == 1, what="one that is forgotten")
    assert database.text("select outbox.publish('student-events', 'k', '{}') is null") == "t"


# ---- parameters ----

@pytest.mark.parametrize("servers", ["localhost:kafka", "a:1,,b:2", "http://localhost:9092"])
def test_bad_brokers_are_refused_at_start(servers, tmp_path):
    done = run(binary(), "serve", "--dev", "--data", tmp_path / "d", "--kafka-bootstrap-servers", servers)
    assert done.returncode != 0
    assert "KAFKA_BOOTSTRAP_SERVERS" in done.stderr and "HOST:PORT" in done.stderr


def test_the_password_of_brokers_is_shown_nowhere(tmp_path):
    done = run(binary(), "config", env={"KAFKA_SASL_PASSWORD": "hunter2hunter2", "PATH": "/usr/bin:/bin"}, cwd=tmp_path)
    assert "kafka-sasl-password" in done.stdout and "hunter2" not in done.stdout


# ---- operators ----

def listed(kafka, *words):
    """What `lectern outbox` says."""
    done = run(binary(), "outbox", *words, "--data", kafka.server.data)
    assert done.returncode == 0, done.stderr
    return done.stdout


def metric(server, name):
    text = server.api.get("/metrics").body.decode()
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def test_operators_see_both_ways_as_one(kafka):
    """A dead event among the messages, one that waits, numbers of both; a dead one can be sent again."""
    operator, database = Operator(kafka.server), kafka.database
    kafka.mock.do("refuse", "held", NO_SUCH_TOPIC)
    (waits,) = kafka.publish("held", 1, 1)
    (sent,) = kafka.publish("student-events", 1, 1)
    kafka.reader.ids([sent])
    dead = str(uuid.uuid4())
    database.text(f"""insert into outbox.messages (id, kind, payload, state, attempts, last_error) values ('{dead}', 'event',
        '{{"topic": "student-events", "key": "k", "event": {{"again": 1}}}}', 'dead', 1, 'no luck')""")
    rows = {row["id"]: row for row in operator("outbox", "--all")}
    assert (rows[waits]["kind"], rows[waits]["state"]) == ("event", "waiting")
    assert [row["id"] for row in operator("outbox")] == [dead] and rows[dead]["last_error"] == "no luck"
    assert dead in listed(kafka, "list") and waits not in listed(kafka, "list") and waits in listed(kafka, "list", "all")
    assert "1 to be delivered" in listed(kafka, "retry", dead)
    (record,) = kafka.reader.ids([dead])
    assert record["value"] == {"again": 1} and record["key"] == "k"
    kafka.mock.do("refuse", "held", 0)
    kafka.reader.ids([waits])
    kafka.empty()


def test_numbers_for_operators(kafka):
    operator = Operator(kafka.server)
    kafka.reader.ids(kafka.publish("student-events", 1, 10))
    kafka.empty()
    wait_until(lambda: metric(kafka.server, 'lectern_outbox_events_total{end="published"}') >= 10, what="events that are counted")
    assert metric(kafka.server, 'lectern_outbox_attempts_total{kind="event",end="delivered"}') >= 10
    assert "events" in {row["queue"] for row in operator("queues")}
    assert operator("actor", "publisher/1")["detail"]["published"] >= 10


def test_a_dropped_event_is_forgotten_by_operators(kafka):
    dead = str(uuid.uuid4())
    kafka.database.text(f"insert into outbox.messages (id, kind, payload, state) values ('{dead}', 'event', '{{}}', 'dead')")
    assert "1 forgotten" in listed(kafka, "drop", dead)
    assert dead not in listed(kafka, "list", "all")
