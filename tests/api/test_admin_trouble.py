"""Operators get their answers whatever is broken: busy workers, no database, a database that hangs, no descriptors. That the server needs
a second at most is its own bound (half a second for workers, and none for anything else); the client's three seconds hold here."""
import json
import re
import resource
import select
import socket
import subprocess

import pytest

from admin import Operator, Refused
from classroom import Room
from client import wait_until
from crowd import Posters
from launch import binary, outside_server

NEEDS_DATABASE = {"audit", "outbox", "users"}


def looking(operator):
    """What can be asked without arguments and changes nothing: whatever groups of commands there are."""
    rows = operator.ask("help")
    plain = {row["command"] for row in rows if not row["changes"] and re.fullmatch(r"(\[[^\]]*\] ?)*", row["arguments"])}
    assert {"info", "workers", "actors", "rooms", "help", "schema"} <= plain
    return sorted(plain)


def ask_everything(operator):
    for command in looking(operator):
        try:
            operator(command)
        except Refused as refusal:
            assert command in NEEDS_DATABASE and "database" in str(refusal), f"{command}: {refusal}"


def test_while_the_workers_are_saturated(start_server):
    server = start_server()
    room = Room(server.api)
    people = [room.student() for _ in range(8)]
    with Posters(server, room, people, [room.join(who) for who in people]) as posters:
        posters.wait_more(50)
        ask_everything(Operator(server))
        posters.wait_more(50)


@pytest.fixture
def away(cluster):
    server = outside_server(cluster).start()
    room = Room(server.api)
    stream = room.stream(room.student())
    yield server, room, cluster
    stream.close()
    server.stop()
    server.remove()


def test_while_the_database_is_away(away):
    server, room, cluster = away
    cluster.stop()
    operator = Operator(server)
    wait_until(lambda: server.api.get("/readyz").status == 503, what="a database that is away")
    ask_everything(operator)
    assert operator("room", room.id, "members")
    with pytest.raises(Refused):
        operator("room", room.id, "close")
    cluster.start()
    wait_until(lambda: server.api.get("/readyz").status == 200, what="a database that is back")


def test_while_the_database_hangs(away):
    server, room, cluster = away
    operator = Operator(server)
    cluster.pause()
    try:
        ask_everything(operator)
        assert operator("room", room.id, "events") is not None
        for words in (["audit"], ["users", room.teacher.id], ["room", room.id, "close"], ["outbox", "retry"]):
            with pytest.raises(Refused, match="in time|database"):
                operator(*words)
    finally:
        cluster.resume()
    wait_until(lambda: server.api.get("/readyz").status == 200, what="a database that is back")


def read_json(process):
    """The next whole object that it prints."""
    text = ""
    while not text.endswith("\n}\n"):
        assert select.select([process.stdout], [], [], 30)[0], "nothing was printed"
        text += process.stdout.readline().decode()
    return json.loads(text)


def test_who_is_connected_is_answered_without_a_single_descriptor(start_server):
    server = start_server()
    command = [binary(), "admin", "--data", server.data, "info", "--watch", "0.1", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=server.surroundings(), bufsize=0) as watching:
        assert read_json(watching)["open_files"] > 0
        before = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (3, before[1]))
        try:
            wait_until(lambda: read_json(watching)["open_files"] is None, what="a shortage")
            assert read_json(watching)["state"] == "serving"
        finally:
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, before)
        wait_until(lambda: read_json(watching)["open_files"], what="the end of the shortage")
        watching.terminate()
        watching.communicate(timeout=30)
    assert Operator(server)("info")["state"] == "serving"


def test_a_crowd_leaves_descriptors_for_operators(start_server):
    server = start_server(prefix=["prlimit", "--nofile=500", "--"])
    crowd = []
    try:
        for _ in range(700):
            crowd.append(socket.create_connection((server.api.host, server.api.port), 5))
        ask_everything(Operator(server))
    finally:
        for one in crowd:
            one.close()
