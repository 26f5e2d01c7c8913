"""Where the memory is, as an operator sees it: the parts follow what people do, and the doctor names what stands out."""
import socket

import pytest

from admin import Operator, Refused
from classroom import Room
from client import wait_until
from managed import Frozen, thread_of

SIGNAL = "x" * 200_000
MIB = 1 << 20


def parts(operator):
    return {row["what"]: row for row in operator("memory")}


def counts(operator):
    return {what: row["count"] for what, row in parts(operator).items()}


def test_the_process_and_its_parts(admin, room):
    stream = room.stream(room.student())
    rows = parts(admin)
    size = lambda what: rows[what]["bytes"]
    assert size("limit") > size("resident") > size("files") > MIB
    assert abs(size("resident") - admin("info")["resident_bytes"]) < size("resident")
    fixed = {"limit", "resident", "files", "allocator_in_use", "allocator_mapped", "allocator_free", "accounted", "unaccounted"}
    assert {what for what, row in rows.items() if row["count"] is None} == fixed
    whole = sum(row["bytes"] for what, row in rows.items() if what not in fixed and "/" not in what)
    assert size("accounted") == whole > 0
    assert size("rooms") + size("room_rings") == size("actors/classroom")
    kinds = [row for what, row in rows.items() if what.startswith("actors/")]
    assert sum(row["bytes"] for row in kinds) == size("actors/classroom") + size("actors")
    stream.close()


def test_the_parts_follow_what_people_do(start_server):
    server = start_server()
    operator, room = Operator(server), Room(server.api)
    assert {counts(operator)[what] for what in ("rooms", "streams", "room_rings", "output")} == {0}
    people = [room.student() for _ in range(3)]
    streams = [room.stream(who, token=who.token) for who in people]
    now = counts(operator)
    assert (now["rooms"], now["streams"], now["room_rings"]) == (1, 3, 2) and now["connections"] >= 3
    assert now["tokens"] == 3 and now["people"] >= 1 and now["recent"] == 3
    before = parts(operator)["room_rings"]["bytes"]
    for turn in range(20):
        room.act(people[0], "chat", text=f"{turn} " + "y" * 1900)
    after = parts(operator)["room_rings"]
    assert after["count"] == 22 and 20 * 1900 < after["bytes"] - before < 20 * 8000
    each = operator("memory", "--each")
    assert {row["worker"] for row in each} == {0, 1}
    assert sum(row["count"] for row in each if row["what"] == "streams") == 3
    for stream in streams:
        stream.close()
    wait_until(lambda: counts(operator)["streams"] == 0, what="the end of the streams")


def test_what_slow_clients_hold_is_named(start_server):
    server = start_server("--sse-backlog", 64 * MIB, "--signal-bytes", 256 << 10, "--budget-signal-bytes", 0)
    operator, room = Operator(server), Room(server.api)
    reader, sender = room.student(), room.student()
    pid = room.join(reader)
    slow = room.stream(reader, receive_buffer=4096)
    room.join(sender)
    assert [row["where"] for row in operator("memory", "doctor")] == ["all"]

    def too_much():
        for _ in range(4):
            room.act(sender, "webrtc_signal", target_participant_id=pid, payload={"sdp": SIGNAL})
        return parts(operator)["output"]["bytes"] >= 16 * MIB

    wait_until(too_much, 120, what="a backlog")
    output = parts(operator)["output"]
    assert output["count"] == 1 and output["bytes"] < 20 * MIB
    finding, = operator("memory", "doctor")
    assert finding["where"] == "output" and finding["finding"].startswith("1 slow clients hold 16.")
    assert "conns --top 10 --by pending" in finding["advice"]
    slowest = operator("conns", "--top", 1, "--by", "pending")[0]
    assert f"the slowest, {slowest['id']}, is" in finding["finding"]
    slow.close()
    wait_until(lambda: parts(operator)["output"]["bytes"] == 0, what="the end of the backlog")
    assert [row["where"] for row in operator("memory", "doctor")] == ["all"]


def test_what_is_sent_by_reference_counts_once(start_server):
    server = start_server("--sse-backlog", 64 * MIB, "--signal-bytes", 256 << 10, "--budget-signal-bytes", 0)
    operator, room = Operator(server), Room(server.api)
    people = [room.student() for _ in range(4)]
    slow = [room.stream(who, receive_buffer=4096) for who in people]

    def behind():
        for _ in range(16):
            room.act(room.teacher, "chat", text="\U0001d11e" * 2000)
        return parts(operator)["output"]["count"] == len(people)

    wait_until(behind, 120, what="slow streams")
    said = 200
    before = parts(operator)["output"]["bytes"]
    for _ in range(said):
        room.act(room.teacher, "chat", text="\U0001d11e" * 2000)
    grown = parts(operator)["output"]["bytes"] - before
    assert said * 15_000 < grown < 2.5 * said * 17_000  # two workers, four streams: at most two copies
    for stream in slow:
        stream.close()


def test_half_a_request_is_what_came_early(server, admin):
    head = b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 3000
    before = parts(admin)["early"]
    with socket.create_connection((server.api.host, server.api.port), 10) as half:
        half.sendall(head)
        wait_until(lambda: parts(admin)["early"]["bytes"] >= before["bytes"] + len(head), what="half a head")
        assert parts(admin)["early"]["count"] == before["count"] + 1
    wait_until(lambda: parts(admin)["early"]["bytes"] == before["bytes"], what="its end")


def test_a_worker_that_stands_still_is_named_and_left_out(start_server):
    server = start_server()
    with Frozen(thread_of(server.process.pid, "worker-1")):
        for words in (["memory"], ["memory", "doctor"], ["memory", "--each"]):
            done = server.admin(*words)
            assert done.returncode == 0 and done.stderr == "lectern admin: worker 1 does not answer\n"
        assert "of 1 workers" in server.admin("memory", "doctor").stdout
    assert {row["worker"] for row in Operator(server)("memory", "--each")} == {0, 1}


def test_trimming_is_a_change(start_server, tmp_path):
    server = start_server("--viewer-socket", tmp_path / "v")
    operator, viewer = Operator(server), Operator(server, "--admin-socket", tmp_path / "v")
    assert parts(viewer)["resident"]["bytes"] and viewer("memory", "doctor")
    with pytest.raises(Refused, match="not for viewers"):
        viewer("memory", "trim")
    done = operator("memory", "trim")
    assert done["resident_before"] > MIB and done["resident_after"] > MIB and done["took_ms"] >= 0
    kept = wait_until(lambda: operator("audit"), what="the row of the change")
    assert [(row["command"], row["arguments"]) for row in kept] == [("memory", "trim")]


def test_the_process_in_metrics(server):
    text = server.api.get("/metrics").body.decode()
    values = {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if line.startswith("process_")}
    assert values["process_virtual_memory_bytes"] >= values["process_resident_memory_bytes"] > MIB


def test_entries_of_a_trace_have_their_memory(start_server):
    server = start_server()
    operator, room = Operator(server), Room(server.api)
    room.act(room.teacher, "raise_hand")
    assert parts(operator)["trace"]["count"] == parts(operator)["trace"]["bytes"] == 0
    operator("trace", "start", "--actor", f"classroom/{room.id}")
    room.act(room.teacher, "lower_hand")
    trace = parts(operator)["trace"]
    assert trace["count"] >= 1 and trace["bytes"] > 0
    operator("trace", "stop")
