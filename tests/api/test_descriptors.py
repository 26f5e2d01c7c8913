"""Design section 9: operators and the database keep working whatever happens, also when clients take all descriptors."""
import json
import socket

from client import Api, wait_until
from launch import binary, run

LIMIT, CLIENTS = 220, 400


def admin_answers(server):
    done = run(binary(), "admin", "--data", server.data, "info", "--json", timeout=10)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_crowd_leaves_descriptors_for_the_others(start_server):
    server = start_server(prefix=["prlimit", f"--nofile={LIMIT}", "--"])
    assert "fewer connections" in server.stderr()
    crowd = []
    try:
        for _ in range(CLIENTS):
            crowd.append(socket.create_connection((server.api.host, server.api.port), 5))
        assert admin_answers(server)["open_files"] < LIMIT - 20
        assert "accepting pauses" not in server.stderr()
    finally:
        for one in crowd:
            one.close()
    wait_until(lambda: answers(server), what="the server answers again")


def answers(server):
    try:
        return Api(server.api.host, server.api.port).get("/readyz").status == 200
    except OSError:
        return False
