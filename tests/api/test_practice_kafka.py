"""Practice contract, section 9, from the request to Kafka's readers: what concerns the service itself, a row of system_events too; a
submission and its verdicts in their order; nothing secret. Against a cluster out of librdkafka (tests/outside/kafka)."""
import json
import sys
from datetime import datetime
from pathlib import Path

import pytest

from client import wait_until
from practice import PASSWORD, account, evaluate, exercise, submission

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "outside/kafka"))
from cluster import Mock, Reader  # noqa: E402

CODE = "print('a secret of mine')"


@pytest.fixture(scope="module")
def mock():
    own = Mock()
    yield own
    own.close()


@pytest.fixture(scope="module")
def reader(mock):
    own = Reader(mock.servers)
    yield own
    own.close()


@pytest.fixture(scope="module")
def place(start_module_server, mock):
    return start_module_server(environment={"KAFKA_BOOTSTRAP_SERVERS": mock.servers})


def told(reader, topic, key, count):
    """The first so many values of a topic and key, without their times, which must be times."""
    def fits(record):
        return record["topic"] == topic and record["key"] == str(key)
    records = reader.until(lambda records: sum(map(fits, records)) >= count)
    values = [dict(record["value"]) for record in records if fits(record)]
    for value in values:
        datetime.strptime(value.pop("timestamp"), "%Y-%m-%dT%H:%M:%S.%f" if "." in value.get("timestamp", ".") else "%Y-%m-%dT%H:%M:%S")
    return values


def test_a_submission_and_its_verdicts(place, reader):
    teacher, student = account(place.api, "teacher"), account(place.api)
    work = exercise(place.api, teacher)["id"]
    made = submission(place.api, student, work, code=CODE)["id"]
    for status, score in (("failing", 10), ("passing", 95), ("draft", None)):
        query = {"score": score} if score is not None else {}
        assert evaluate(place.api, teacher, made, status, **query).status == 200
    about = {"event_type": "submission", "student_id": student.id, "exercise_id": work, "submission_id": made}
    assert told(reader, "exercise-submissions", made, 4) == [
        {**about, "status": status} for status in ("submitted", "failing", "passing", "draft")]
    about = {"event_type": "progress_update", "student_id": student.id, "exercise_id": work}
    assert told(reader, "progress-updates", f"{student.id}:{work}", 4) == [
        {**about, "status": "in_progress", "score": None}, {**about, "status": "in_progress", "score": 10},
        {**about, "status": "mastered", "score": 95}, {**about, "status": "mastered", "score": None}]


def test_the_service_itself(place, reader):
    """Started and stopping, twice: a row each and an event each, the last one before the end."""
    before = len(told(reader, "system-events", "lectern", 1))
    place.terminate()
    assert place.wait() == 0
    events = told(reader, "system-events", "lectern", before + 1)
    assert events[-1] == {"event_type": "service_stopping", "component": "lectern", "severity": "info", "details": {}}
    place.start()
    events = told(reader, "system-events", "lectern", before + 2)
    started = events[-1]
    assert (started["event_type"], started["severity"]) == ("service_started", "info")
    assert started["details"]["workers"] == 2 and started["details"]["version"]
    rows = place.database().rows("select event_type, component, severity, details from practice.system_events order by id")
    assert rows == events


def test_without_a_kafka_the_rows_are_kept(server):
    kept = "select event_type, component, severity from practice.system_events order by id"
    rows = wait_until(lambda: server.database().rows(kept), what="the row of the start")  # which nothing waits for
    assert rows[0] == {"event_type": "service_started", "component": "lectern", "severity": "info"}
    assert server.database().text("select count(*) from outbox.events") == "0"


def test_nothing_secret_is_told(place, reader):
    """Whatever the other tests have had published."""
    wait_until(lambda: place.database().text("select count(*) from outbox.events") == "0", what="an empty outbox")
    text = json.dumps(reader.records)
    for secret in (PASSWORD, "secret of mine", "$2b$", "@example.org"):
        assert secret not in text
