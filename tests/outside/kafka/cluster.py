"""Kafka for the tests: a cluster out of librdkafka (mock.c), and who reads what has been published to any Kafka (reader.c)."""
import json
import os
import subprocess
import threading
from pathlib import Path
from queue import Queue

FOLDER = Path(__file__).resolve().parent


def program(name):
    """Built beside the command under test."""
    beside = Path(os.environ.get("LECTERN_BIN", FOLDER.parents[2] / "build/asan/lectern"))
    return str(beside.with_name(f"kafka_{name}"))


class Mock:
    """A cluster of so many brokers. What it has been told of it keeps while its brokers are down."""

    def __init__(self, brokers=3):
        self.process = subprocess.Popen([program("mock"), str(brokers)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        self.servers = self.process.stdout.readline().strip()
        assert self.servers, "no mock cluster"

    def do(self, *words):
        """One command of mock.c."""
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline().strip()
        assert answer == "ok", f"{words}: {answer}"

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Reader:
    """Everything that has been published, as it comes."""

    def __init__(self, servers):
        self.process = subprocess.Popen([program("reader"), servers], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        self.records, self._lines = [], Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self._lines.put(json.loads(line))

    def until(self, enough, timeout=60):
        """Reads until enough(records) holds; returns the records."""
        while not enough(self.records):
            self.records.append(self._lines.get(timeout=timeout))
        return self.records

    def ids(self, ids, timeout=60):
        """Reads until each of these events has come at least once; returns the records of these."""
        wanted = set(ids)
        missing = wanted - {record["id"] for record in self.records}
        while missing:
            record = self._lines.get(timeout=timeout)
            self.records.append(record)
            missing.discard(record["id"])
        return [record for record in self.records if record["id"] in wanted]

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
