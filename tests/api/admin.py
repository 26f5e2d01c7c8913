"""An operator of a server under test: `lectern admin --json`, each answer held against the schema that the server tells."""
import json
import select
import subprocess

import jsonschema

from launch import binary


class Refused(Exception):
    """The command failed; the text is what it said."""


class Operator:
    """Operator(server)("room", 7, "kick", 3) runs the command and returns its data. Raises Refused."""

    def __init__(self, server, *options):
        self.server, self.options, self.schemas = server, options, {}

    def __call__(self, *words):
        words = tuple(map(str, words))
        data = self.ask(*words)
        if words not in self.schemas:
            self.schemas[words] = self.ask("schema", *words)
            jsonschema.Draft202012Validator.check_schema(self.schemas[words])
        jsonschema.validate(data, self.schemas[words], jsonschema.Draft202012Validator)
        return data

    def ask(self, *words):
        done = self.server.admin(*self.options, *words, "--json")
        if done.returncode:
            raise Refused(done.stderr.strip())
        return json.loads(done.stdout)


class Follower:
    """`lectern admin events --follow --json`, or another command that follows, beside the test; rows() are those that it has printed so far."""

    def __init__(self, server, *words, form="--json", follows=("events",)):
        command = [binary(), "admin", "--data", server.data, *follows, "--follow", *map(str, words), *([form] if form else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=server.surroundings(), bufsize=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=30)

    def line(self):
        assert select.select([self.process.stdout], [], [], 60)[0], "nothing was printed"
        return self.process.stdout.readline().decode()

    def row(self):
        return json.loads(self.line())

    def until(self, fits):
        """The rows up to the first that fits."""
        rows = [self.row()]
        while not fits(rows[-1]):
            rows.append(self.row())
        return rows

    def end(self, number=None):
        """(exit code, what it printed since, what it complained of)"""
        if number:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out.decode(), err.decode()
