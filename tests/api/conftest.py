"""Fixtures of the black-box tests: one shared server for the run, servers with options of their own, people, rooms.

Needs a built `lectern` (LECTERN_BIN, else build/asan/lectern, else build/lectern) and PostgreSQL's programs.
"""
import os

import pytest

from admin import Operator
from attendance import start_place
from classroom import Room, person
from courses import Campus
from launch import Cluster, Server


def ended(server):
    try:
        server.stop()
    finally:
        server.remove()


def pytest_make_parametrize_id(config, val, argname):
    """Names of cases stay short, however long the value."""
    text = val.__name__ if callable(val) else repr(val)
    return text if len(text) <= 40 else f"{text[:32]}..{len(text)}"


@pytest.fixture(scope="session")
def shared():
    running = Server()
    try:
        running.start()
        yield running
    finally:
        ended(running)


@pytest.fixture
def server(shared):
    """The shared server. A test that brings it down fails for it, and the next one finds it up again."""
    yield shared
    if not shared.running():
        said = shared.stderr()[-6000:]
        os.remove(shared.errors)
        shared.start()
        pytest.fail(f"the server ended during this test: {said}", pytrace=False)


@pytest.fixture
def api(server):
    return server.api


@pytest.fixture(scope="module")
def start_module_server():
    """A factory of servers that live as long as the module."""
    yield from factory()


@pytest.fixture
def start_server():
    """A factory of servers that live as long as the test: start_server("--room-ring", 16, dev=True)."""
    yield from factory()


def factory():
    servers = []

    def start(*options, **more):
        servers.append(Server(*options, **more))
        return servers[-1].start()

    yield start
    failures = []
    for one in servers:
        try:
            ended(one)
        except AssertionError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


@pytest.fixture
def cluster():
    own = Cluster()
    yield own
    own.remove()


@pytest.fixture
def admin(server):
    """Asks the shared server as an operator does: admin("workers") is the answer's data, checked against its schema."""
    return Operator(server)


@pytest.fixture
def teacher(api):
    return person(api, "teacher")


@pytest.fixture
def student(api):
    return person(api, "student")


@pytest.fixture
def room(api, teacher):
    return Room(api, teacher)


@pytest.fixture(scope="session")
def campus():
    """The courses area with a YouTube of its own, for the run."""
    own = Campus().start()
    yield own
    own.end()


@pytest.fixture(scope="module")
def start_campus():
    """A factory of such servers with options of their own, for the module."""
    started = []

    def start(*options, **more):
        started.append(Campus(*options, **more).start())
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture(scope="module")
def place(start_module_server):
    """The attendance area with a Google of its own, for the module."""
    own = start_place(start_module_server)
    yield own
    own.google.stop()


@pytest.fixture
def own_place(start_server):
    """A factory of such servers, each with a Google that nobody else changes."""
    places = []

    def start(*options, **more):
        places.append(start_place(start_server, *options, **more))
        return places[-1]

    yield start
    for one in places:
        one.google.stop()
