"""Fixtures of the black-box tests: one shared server for the run, servers with options of their own, people, rooms.

Needs a built `lectern` (LECTERN_BIN, else build/asan/lectern, else build/lectern) and PostgreSQL's programs.
"""
import pytest

from classroom import Room, person
from launch import Cluster, Server


def ended(server):
    try:
        server.stop()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def server():
    running = Server()
    try:
        running.start()
        yield running
    finally:
        ended(running)


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
def teacher(api):
    return person(api, "teacher")


@pytest.fixture
def student(api):
    return person(api, "student")


@pytest.fixture
def room(api, teacher):
    return Room(api, teacher)
