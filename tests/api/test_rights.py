"""Who may call what, for every endpoint of every area. The rows come from the areas' own documents (`x-caller`), the roles from
`lectern role`: an area that is added is tested here without a word more.

Identity and rank are judged before anything else, so ids that name nothing are enough: whoever may, is told something else than 401 or 403.
"""
import re
from typing import NamedTuple

import pytest

from classroom import login, ok, person
from client import wait_until
from launch import Server, binary, run

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
RANKS = ("anyone", "known", "student", "teacher", "admin")
EXAMPLES = {"integer": "2147483647", "uuid": "00000000-0000-4000-8000-000000000000", "date": "2001-01-01", "string": "nothing"}


class Row(NamedTuple):
    area: str
    method: str
    path: str
    rank: str
    exactly: bool
    socket: bool = False

    def lets_in(self, rank):
        return rank == self.rank if self.exactly else RANKS.index(rank) >= RANKS.index(self.rank)


def address(path, parameters):
    for parameter in parameters:
        if parameter["in"] == "path":
            schema = parameter["schema"]
            path = path.replace(f"{{{parameter['name']}}}", EXAMPLES[schema.get("format", "") if schema.get("format") in EXAMPLES else schema["type"]])
    assert "{" not in path
    return path


def rows_of(api, area):
    document = ok(api.get(f"/m/{area}/openapi.json"))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if area in operation["tags"]:
                yield Row(area, method.upper(), address(path, operation.get("parameters", [])), operation["x-caller"],
                          operation.get("x-caller-exactly", False), "101" in operation["responses"])


class House:
    """A server, the rows of all its areas, and one person for each role."""

    def __init__(self):
        self.server = Server("--identity", "token").start()
        self.api = self.server.api
        said = self.role("grant", 1, "nowhere", "nothing").stderr
        self.roles = {area: words.split() for area, words in re.findall(r"(\w+):((?: [a-z]+)+)", said.split("there are", 1)[1])}
        self.rows = [row for area in self.roles for row in rows_of(self.api, area)]
        self.tokens = {(area, word): self.somebody(area, word) for area, words in self.roles.items() for word in words}
        self.nobody = self.somebody(None, None)

    def role(self, *words):
        return run(binary(), "role", *words, "--data", self.server.data)

    def somebody(self, area, word):
        """A person with this role and no other."""
        who = person(self.api)
        assert self.role("revoke", who.id, "classroom").returncode == 0
        if area:
            done = self.role("grant", who.id, area, word)
            assert done.returncode == 0, done
        signed = ok(login(self.api, who.phone))
        if area != "classroom":
            wait_until(lambda: self.api.get("/sessions/active", token=signed["access_token"]).status == 403, what="the role taken")
        return signed["access_token"]

    def end(self):
        try:
            self.server.stop()
        finally:
            self.server.remove()


@pytest.fixture(scope="module")
def house():
    own = House()
    yield own
    own.end()


def ask(house, row, token=None):
    answer = house.api.call(row.method, f"/m/{row.area}{row.path}", token=token, headers=UPGRADE if row.socket else None)
    assert answer.status < 500 or row.path.endswith("health"), (row, answer)
    return answer.status


def wrong(house, expected, token_of):
    """The rows for which what is answered is not what is expected."""
    found = []
    for row in house.rows:
        token = token_of(row)
        status = ask(house, row, token)
        if expected(row) != (status if status in (401, 403) else None):
            found.append((row, status))
    return found


def test_there_is_something_to_test(house):
    assert {"classroom", "courses"} <= set(house.roles)
    for area in house.roles:
        assert len([row for row in house.rows if row.area == area]) > 5, area
    assert {row.rank for row in house.rows} <= set(RANKS)


def test_without_a_token(house):
    signing_in = re.compile(r"/auth/(login|google)")  # which refuses what is not sent at all, or says 401 for it
    assert [one for one in wrong(house, lambda row: None if row.rank == "anyone" else 401, lambda row: None)
            if not signing_in.search(one[0].path)] == []


def test_with_a_token_that_is_none(house):
    assert wrong(house, lambda row: None if row.rank == "anyone" else 401, lambda row: "a.b.c") == []


def test_people_of_no_area(house):
    assert wrong(house, lambda row: None if row.rank == "anyone" else 403, lambda row: house.nobody) == []


def test_people_of_other_areas(house):
    for other, words in house.roles.items():
        for word in words:
            mine = [row for row in house.rows if row.area != other]
            assert [(row, status) for row in mine
                    if (status := ask(house, row, house.tokens[other, word])) != 403 and row.rank != "anyone"] == []


def test_every_role_in_its_own_area(house):
    for (area, word), token in house.tokens.items():
        for row in [row for row in house.rows if row.area == area and row.rank != "anyone"]:
            status = ask(house, row, token)
            if row.lets_in(word):
                assert status not in (401, 403), (word, row, status)
            else:
                assert status == 403, (word, row, status)


def test_an_area_with_accounts_of_its_own_takes_no_token_of_others(house):
    assert "practice" not in house.roles
    rows = [row for row in rows_of(house.api, "practice") if row.rank != "anyone"]
    assert len(rows) > 20 and any(row.socket for row in rows)
    for token in [None, "a.b.c", house.nobody, *house.tokens.values()]:
        assert [(row, status) for row in rows if (status := ask(house, row, token)) != 401] == []
