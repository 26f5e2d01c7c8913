#!/usr/bin/python3 -B
"""A real Kafka of one node (KRaft): the broker's programs from Maven Central, the Java of the distribution, a folder of its own. Tests drive it
as an object; by hand it serves until it is interrupted:

  tests/outside/kafka/broker.py [--port 9092] [--folder DIR]

Give lectern what it prints as KAFKA_BOOTSTRAP_SERVERS. Without --folder nothing of it is kept.
"""
import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))
from ports import own_port  # noqa: E402

JARS = FOLDER.parents[2] / "build/kafka"
START_S, STOP_S = 120, 60
CLUSTER = "bGVjdGVybi10ZXN0cy0wMQ"

SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/logs
num.partitions=3
auto.create.topics.enable={create}
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
"""

# What a guarded broker has besides: who comes there shows a certificate (ssl) or a name and password (sasl_…).
USER, PASSWORD = "lectern", "only-brokers-know"
GUARDED = """\
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SSL://127.0.0.1:{ssl},SASL_PLAINTEXT://127.0.0.1:{sasl_plaintext},SASL_SSL://127.0.0.1:{sasl_ssl}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SSL://127.0.0.1:{ssl},SASL_PLAINTEXT://127.0.0.1:{sasl_plaintext},SASL_SSL://127.0.0.1:{sasl_ssl}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/both.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/certificate.pem
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
"""
LOGINS = {"plain": f'plain.PlainLoginModule required user_{USER}="{PASSWORD}"', "scram-sha-256": "scram.ScramLoginModule required",
          "scram-sha-512": "scram.ScramLoginModule required"}


def fetch():
    """Downloads what a broker consists of, once. Returns why it cannot be had, or None."""
    if any(JARS.glob("kafka-tools-*.jar")):
        return None
    if not shutil.which("mvn"):
        return "there is no mvn (package maven)"
    fresh = JARS.with_name("kafka.fetching")
    shutil.rmtree(fresh, ignore_errors=True)
    done = subprocess.run(["mvn", "-B", "-q", "-f", FOLDER / "pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        return f"Maven Central's artifacts could not be downloaded: {(done.stdout + done.stderr).strip()[-300:]}"
    shutil.rmtree(JARS, ignore_errors=True)
    fresh.rename(JARS)
    return None


class Broker:
    """What it has been told it keeps until `remove`, through stop, kill and start. `guarded`: with listeners that ask who comes, too."""

    def __init__(self, port=None, folder=None, create=True, guarded=False):
        self.folder = Path(folder or tempfile.mkdtemp(prefix="kafka-", dir="/tmp"))
        self.port, self.process = port or own_port(), None
        self.servers = f"127.0.0.1:{self.port}"
        self.settings = self.folder / "server.properties"
        if not self.settings.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            places = {"port": self.port, "controller": own_port(), "folder": self.folder, "create": str(create).lower()}
            self.settings.write_text(SETTINGS.format(**places))
            self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(self.settings), *(self._guard(places) if guarded else []))

    def _guard(self, places):
        """Listeners that ask who comes, at `guarded[protocol]`; one certificate for both sides. Returns what the format must know of passwords."""
        self.guarded = {protocol: own_port() for protocol in ("ssl", "sasl_plaintext", "sasl_ssl")}
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
        (self.folder / "both.pem").write_text(self.key.read_text() + self.certificate.read_text())
        plain = [line for line in self.settings.read_text().splitlines() if line.partition("=")[0] + "=" not in GUARDED]
        logins = [f"listener.name.{listener}.{mechanism}.sasl.jaas.config=org.apache.kafka.common.security.{module};"
                  for listener in ("sasl_plaintext", "sasl_ssl") for mechanism, module in LOGINS.items()]
        self.settings.write_text("\n".join([*plain, GUARDED.format(**places, **self.guarded), *logins]) + "\n")
        return [word for kind in ("SCRAM-SHA-256", "SCRAM-SHA-512") for word in ("--add-scram", f"{kind}=[name={USER},password={PASSWORD}]")]

    def _command(self, *words):
        return ["java", "-Xms64m", "-Xmx256m", "-cp", f"{JARS}/*", *words]

    def _java(self, *words):
        done = subprocess.run(self._command(*words), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(self._command("kafka.Kafka", str(self.settings)), stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_S
        while not self._listens():
            assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "output").read_text()[-2000:]
            self._pause()
        return self

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _pause(self):
        """Or until it ends."""
        try:
            self.process.wait(0.1)
        except subprocess.TimeoutExpired:
            pass

    def make(self, topic):
        self._java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.servers, "--create", "--topic", topic,
                   "--partitions", "2", "--replication-factor", "1")

    def stop(self):
        self.process.terminate()
        self.process.wait(STOP_S)

    def kill(self):
        self.process.kill()
        self.process.wait(STOP_S)

    def remove(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--folder")
    parser.add_argument("--fetch", action="store_true", help="only download what a broker consists of")
    given = parser.parse_args()
    why = fetch()
    if why:
        raise SystemExit(f"broker.py: {why}")
    if given.fetch:
        return
    broker = Broker(given.port, given.folder).start()
    print(f"KAFKA_BOOTSTRAP_SERVERS={broker.servers}", flush=True)
    try:
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    finally:
        broker.stop()
        if not given.folder:
            broker.remove()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
