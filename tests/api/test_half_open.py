"""A peer that vanishes without a word: its presence ends when its silence has lasted long enough.

The server runs in a network namespace of its own (a thread may have one), whose loopback is then taken down: packets go
nowhere, and nobody says so. The database, on a unix socket, is where the departure shows.
"""
import ctypes
import fcntl
import os
import socket
import struct
import threading

import pytest

from admin import Operator
from classroom import Room
from client import wait_until
from launch import Server

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def loopback(up):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        flags = flags | IFF_UP if up else flags & ~IFF_UP
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags))


def own_network():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    loopback(True)


def vanish(outcome):
    try:
        own_network()
    except OSError as why:
        outcome["skip"] = f"no network namespace: {why}"
        return
    server = Server("--half-open-timeout", 2, "--sse-keepalive", 1)
    try:
        server.start()
        room = Room(server.api)
        stream = room.stream(room.student())
        pid = stream.seen[0].data["participant_id"]
        loopback(False)
        left = (f"select 1 from logs where session_id = {room.id} and event_type = 'participant_left' "
                f"and event_details->>'participant_id' = '{pid}'")
        wait_until(lambda: server.database().rows(left), 20, 0.2, "departure of the silent")
        loopback(True)
        outcome["reasons"] = {row["reason"] for row in Operator(server)("closed") if row["kind"] == "sse"}
        with room.stream(room.student()) as late:
            assert str(pid) not in late.seen[1].data["participants"]
        stream.close()
        server.stop()
    except BaseException as fault:  # noqa: BLE001  (the test's thread raises it)
        outcome["fault"] = fault
    finally:
        server.remove()


def test_a_silent_peer_leaves():
    outcome = {}
    thread = threading.Thread(target=vanish, args=(outcome,))
    thread.start()
    thread.join(90)
    assert not thread.is_alive()
    if "skip" in outcome:
        pytest.skip(outcome["skip"])
    if "fault" in outcome:
        raise outcome["fault"]
    assert outcome["reasons"] == {"peer_lost"}
