"""An operator of a server under test: `lectern admin --json`, each answer held against the schema that the server tells."""
import json

import jsonschema


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
