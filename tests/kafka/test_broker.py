"""Events against a real Kafka (tests/outside/kafka/broker.py): what the library's own cluster does not show. A part of its own:
tools/test kafka."""
import sys
import uuid
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "api"), str(TESTS / "outside/kafka")]
from broker import PASSWORD, USER, Broker, fetch  # noqa: E402
from client import wait_until  # noqa: E402
from cluster import Reader  # noqa: E402
from launch import Server  # noqa: E402
from test_kafka import in_order, publish, waiting  # noqa: E402

MINUTE = 60


@pytest.fixture(scope="module")
def broker():
    why = fetch()
    if why:
        pytest.skip(why)
    own = Broker().start()
    yield own
    own.remove()


@pytest.fixture(scope="module")
def server(broker):
    own = Server(environment={"KAFKA_BOOTSTRAP_SERVERS": broker.servers}).start()
    yield own
    try:
        own.stop()
    finally:
        own.remove()


@pytest.fixture
def reader(broker, server):
    own = Reader(broker.servers)
    yield own
    own.close()


def word():
    return uuid.uuid4().hex


def empty(database):
    wait_until(lambda: waiting(database) == 0, timeout=2 * MINUTE, what="an empty outbox")


def test_events_arrive_in_their_order(server, reader):
    events = publish(server.database(), "student-events", 20, 5000, word())
    records = reader.ids(events, timeout=2 * MINUTE)
    assert in_order(records) == len(events) and len(records) == len(events)
    assert len({record["partition"] for record in records}) == 3
    empty(server.database())


def test_a_kill_of_the_server_loses_nothing(server, reader):
    events, kept = [], word()
    for _ in range(3):
        events += publish(server.database(), "exercise-submissions", 7, 3000, kept)
        server.kill()
        server.start()
    assert in_order(reader.ids(events, timeout=2 * MINUTE)) == len(events)
    empty(server.database())


def test_a_broker_that_is_killed_and_comes_back(broker, server, reader):
    """In the middle of a batch, away while events come, and back with what its disk has."""
    database, kept = server.database(), word()
    events = publish(database, "progress-updates", 5, 4000, kept)
    broker.kill()
    events += publish(database, "progress-updates", 5, 1000, kept)
    wait_until(lambda: "Kafka cannot be reached" in server.stderr(), timeout=MINUTE, what="the warning")
    assert server.api.get("/livez").status == 200
    broker.start()
    assert in_order(reader.ids(events, timeout=2 * MINUTE)) == len(events)
    empty(database)


def test_a_broker_that_comes_back_with_nothing(broker, server):
    """Another cluster at the same address: it knows neither topics nor our producer, and takes what waits."""
    database, kept = server.database(), word()
    broker.stop()
    port = broker.port
    broker.remove()
    events = publish(database, "chat-messages", 3, 1000, kept)
    broker.__init__(port)
    broker.start()
    reader = Reader(broker.servers)
    try:
        assert in_order(reader.ids(events, timeout=2 * MINUTE)) == len(events)
    finally:
        reader.close()
    empty(database)


def test_a_stop_lets_events_leave(broker, server):
    database = server.database()
    events = publish(database, "student-events", 5, 3000, word())
    server.terminate()
    assert server.wait() == 0
    reader = Reader(broker.servers)
    try:
        assert in_order(reader.ids(events, timeout=2 * MINUTE)) == len(events)
    finally:
        reader.close()
    server.start()
    assert waiting(database) <= 2  # what the start itself tells


def test_a_topic_that_nobody_has_made_holds_up_no_other(server):
    """Its events wait, and go out when somebody makes it."""
    own = Broker(create=False)
    try:
        own.start()
        own.make("student-events")
        server.terminate()
        server.wait()
        server.environment = {"KAFKA_BOOTSTRAP_SERVERS": own.servers}
        server.start()
        database = server.database()
        held = publish(database, "chat-messages", 2, 10, word())
        others = publish(database, "student-events", 2, 10, word())
        reader = Reader(own.servers)
        try:
            reader.ids(others, timeout=2 * MINUTE)
            assert int(database.text("select count(*) from outbox.events where topic = 'chat-messages'")) == len(held)
            own.make("chat-messages")
            assert in_order(reader.ids(held, timeout=3 * MINUTE)) == len(held)
        finally:
            reader.close()
    finally:
        own.remove()


# ---- brokers that ask who comes ----

@pytest.fixture(scope="module")
def guarded(broker):
    own = Broker(guarded=True).start()
    yield own
    own.remove()


def reaches(guarded, protocol, **environment):
    """A server that speaks so with the broker; it trusts the broker's certificate."""
    return Server("--outbound-ca", guarded.certificate, environment={"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{guarded.guarded[protocol]}",
                                                                      "KAFKA_SECURITY_PROTOCOL": protocol, **environment})


@pytest.mark.parametrize("protocol, mechanism", [("ssl", None), ("sasl_plaintext", "PLAIN"), ("sasl_ssl", "PLAIN"), ("sasl_ssl", "SCRAM-SHA-256"),
                                                 ("sasl_ssl", "SCRAM-SHA-512")])
def test_a_broker_that_asks_who_comes(guarded, protocol, mechanism):
    who = {"KAFKA_SASL_MECHANISM": mechanism, "KAFKA_SASL_USERNAME": USER, "KAFKA_SASL_PASSWORD": PASSWORD} if mechanism else {
        "KAFKA_CERTIFICATE": str(guarded.certificate), "KAFKA_KEY": str(guarded.key)}
    own, reader = reaches(guarded, protocol, **who), Reader(guarded.servers)
    try:
        events = publish(own.start().database(), "student-events", 3, 30, word())
        assert in_order(reader.ids(events, timeout=2 * MINUTE)) == len(events)
        empty(own.database())
        own.stop()
        assert PASSWORD not in own.stderr()
    finally:
        reader.close()
        own.remove()


def test_whom_a_broker_does_not_know_keeps_its_events(guarded):
    """And says so; with the right password they go out."""
    who = {"KAFKA_SASL_MECHANISM": "SCRAM-SHA-256", "KAFKA_SASL_USERNAME": USER, "KAFKA_SASL_PASSWORD": "not-this-one"}
    own, reader = reaches(guarded, "sasl_ssl", **who), Reader(guarded.servers)
    try:
        events = publish(own.start().database(), "student-events", 2, 10, word())
        wait_until(lambda: "Kafka cannot be reached" in own.stderr(), timeout=MINUTE, what="the warning")
        assert own.api.get("/livez").status == 200 and waiting(own.database()) >= len(events)
        own.terminate()
        own.wait()
        own.environment["KAFKA_SASL_PASSWORD"] = PASSWORD
        own.start()
        assert in_order(reader.ids(events, timeout=2 * MINUTE)) == len(events)
        own.stop()
    finally:
        reader.close()
        own.remove()
