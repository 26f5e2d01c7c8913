"""What took too long is kept: requests that wait for the database, turns of actors that have much to do; with what they did."""
import pytest

from admin import Operator, Refused
from classroom import Room, person
from client import wait_until

CROWD = 4000


@pytest.fixture
def server(start_server):
    return start_server("--slow-request", 1, "--slow-turn", 1)


@pytest.fixture
def operator(server):
    return Operator(server)


def slow_request(server, who):
    """GET /sessions/active waits for a lock until it is slow."""
    database = server.database()
    with server.api.connect() as connection:
        with database.held("lock table sessions in access exclusive mode"):
            connection.send(f"GET /sessions/active?user_id={who.id} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            wait_until(database.somebody_waits, what="a request that waits")
        assert connection.answer().status == 200


def test_a_request_that_waits_for_the_database(server, operator):
    teacher = person(server.api, "teacher", "A name of ours")
    operator("slow", "reset")
    slow_request(server, teacher)
    rows = [row for row in operator("slow", "get", "--kind", "request") if row["what"] == "GET /sessions/active"]
    assert len(rows) == 1
    row = rows[0]
    assert (row["kind"], row["status"], row["user"], row["actor"], row["messages"]) == ("request", 200, teacher.id, None, None)
    assert 1000 <= row["wait_us"] <= row["took_us"] and row["request"].startswith(f"{row['worker']}-")
    assert operator("slow", "--kind", "request") == operator("slow", "get", "--kind", "request")


def test_a_turn_of_an_actor_with_much_to_do(server, operator):
    room = Room(server.api)
    server.database().text(f"""
        with crowd as (insert into account.users (name, phone_number, role, password_hash)
                       select 'Crowd ' || n, 'slow-' || n, 'student', 'x' from generate_series(1, {CROWD}) n returning user_id)
        insert into participants (session_id, user_id) select {room.id}, user_id from crowd""")
    room.act(room.teacher, "mute_all")
    rows = [row for row in operator("slow", "--kind", "turn", "--by", "took") if row["actor"] == f"classroom/{room.id}"]
    assert rows, "to mute the crowd takes its time"
    assert rows[0]["took_us"] >= 1000 and rows[0]["request"] is None and rows[0]["status"] is None
    assert rows[0]["messages"] >= 1 and rows[0]["what"] == "ROOM_COMMAND"
    assert [row["took_us"] for row in rows] == sorted((row["took_us"] for row in rows), reverse=True)


def counted(server, kind):
    for line in server.api.get("/metrics").body.decode().splitlines():
        if line.startswith(f'lectern_slow_total{{kind="{kind}"}} '):
            return int(line.split()[-1])
    raise AssertionError("no such metric")


def test_the_newest_and_the_slowest_and_how_many(server, operator):
    teacher = person(server.api, "teacher")
    operator("slow", "reset")
    before = counted(server, "request")
    for _ in range(3):
        slow_request(server, teacher)
    rows = operator("slow", "--kind", "request")
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    assert [row["what"] for row in rows].count("GET /sessions/active") == 3
    assert counted(server, "request") - before >= len(rows)
    slowest = operator("slow", "--kind", "request", "--by", "took", "--top", 1)
    assert [row["took_us"] for row in slowest] == [max(row["took_us"] for row in rows)]


def test_reset_forgets_and_what_is_fast_is_not_kept(server, operator):
    slow_request(server, person(server.api, "teacher"))
    assert operator("config", "set", "slow-turn", 0)["value"] == 0
    assert operator("config", "set", "slow-request", 0)["value"] == 0
    kept = len(operator("slow"))
    assert kept and operator("slow", "reset") == {"forgotten": kept}
    slow_request(server, person(server.api, "teacher"))
    assert operator("slow") == []
    assert "slow" in [row["command"] for row in operator("audit") if row["arguments"] == "reset"]


def test_viewers_look_and_do_not_reset(start_server, tmp_path):
    server = start_server("--viewer-socket", tmp_path / "v")
    viewer = Operator(server, "--admin-socket", tmp_path / "v")
    assert isinstance(viewer("slow"), list)
    with pytest.raises(Refused, match="only looks|viewer|read"):
        viewer("slow", "reset")
    with pytest.raises(Refused, match="usage|took"):
        viewer("slow", "--by", "colour")
