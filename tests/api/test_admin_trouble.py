"""Operators get their answers within a second whatever is broken: busy workers, hung ones, full mailboxes, no database, a database that
hangs, no descriptors. The machine may take its time too: what came late is asked again, a few times. A server that always waits fails."""
import json
import re
import resource
import select
import socket
import subprocess
import time

import pytest

from admin import Operator, Refused
from classroom import Room
from client import request_bytes, wait_until
from crowd import Posters
from launch import binary, outside_server
from managed import Frozen, thread_of

NEEDS_DATABASE = {"audit", "jobs", "outbox", "users"}
TRIES = 5


def looking(operator):
    """What can be asked without arguments and changes nothing: whatever groups of commands there are."""
    rows = operator.ask("help")
    plain = {row["command"] for row in rows if not row["changes"] and re.fullmatch(r"(\[[^\]]*\] ?)*", row["arguments"])}
    assert {"info", "workers", "actors", "rooms", "help", "schema"} <= plain
    return sorted(plain)


def seconds(operator, *words):
    began = time.monotonic()
    try:
        operator.ask(*words)
    except Refused:
        pass
    return time.monotonic() - began


def ask_in_time(operator, *words):
    """What the command says, or Refused."""
    assert any(seconds(operator, *words) < 1 for _ in range(TRIES)), f"{words}: no answer within a second"
    return operator(*words)


def ask_everything(operator):
    for command in looking(operator):
        try:
            ask_in_time(operator, command)
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
    assert ask_in_time(operator, "room", room.id, "members")
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
        assert ask_in_time(operator, "room", room.id, "events") is not None
        for words in (["audit"], ["users", room.teacher.id], ["room", room.id, "close"], ["outbox", "retry"]):
            with pytest.raises(Refused, match="in time|database"):
                ask_in_time(operator, *words)
    finally:
        cluster.resume()
    wait_until(lambda: server.api.get("/readyz").status == 200, what="a database that is back")


def refusals(posts):
    """How many of them were told that the room has too much to do."""
    told = 0
    for post in posts:
        if select.select([post.socket], [], [], 0)[0]:
            answer = post.answer()
            assert answer.status == 503, answer
            told += 1
    return told


def test_while_a_worker_hangs_and_a_mailbox_is_full(start_server):
    server = start_server("--workers", 2, "--room-mailbox", 4)
    operator = Operator(server)
    room = Room(server.api)
    room.join(room.teacher)
    home = operator("actor", f"classroom/{room.id}")["worker"]
    posts = []
    with Frozen(thread_of(server.process.pid, f"worker-{home}")):
        for _ in range(64):  # those that the other worker takes
            posts.append(server.api.connect())
            posts[-1].send(request_bytes("POST", room.path(f"/action?user_id={room.teacher.id}"), "x", {}, "application/json",
                                         b'{"type":"chat","text":"hello"}'))
        wait_until(lambda: refusals(posts), what="a mailbox that is full")
        ask_everything(operator)
        full = {row["queue"]: row for row in ask_in_time(operator, "queues")}["mailbox"]
        assert full["refused"] > 0
        with pytest.raises(Refused, match="does not answer"):
            ask_in_time(operator, "actor", f"classroom/{room.id}")
    wait_until(lambda: room.action(room.teacher, "chat", text="hello again").status == 200, what="a room that has caught up")
    for post in posts:
        post.close()


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
