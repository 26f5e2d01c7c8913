"""The admin socket takes whatever is sent to it: garbage, huge and half messages, peers that never read. Others are answered all the
same, and the server ends in time."""
import os
import socket
import struct

import pytest

from admin import Operator

GREETING = b"\0SP\0" + struct.pack(">HH", 0x30, 0)  # a REQ socket
HUGE = 1 << 24


def message(body, length=None):
    return b"\1" + struct.pack(">Q", len(body) if length is None else length) + body


def request(number, text):
    return message(struct.pack(">I", 0x80000000 | number) + text)


INFO = b'{"v":1,"command":"schema"}'


class Peer:
    """A raw connection to the socket."""

    def __init__(self, server, *parts):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(f"{server.data}/admin.sock")
        for part in parts:
            try:
                self.socket.sendall(part)
            except (BrokenPipeError, ConnectionResetError):  # thrown out: that is an answer
                break

    def close(self):
        self.socket.close()


@pytest.fixture
def server(start_server):
    return start_server()


GARBAGE = {
    "nothing": [],
    "noise": [os.urandom(4096)],
    "half a greeting": [GREETING[:5]],
    "another protocol": [b"\0SP\0" + struct.pack(">HH", 0x10, 0)],
    "half a header": [GREETING, b"\1\0\0\0"],
    "an unknown type": [GREETING, b"\2" + bytes(8)],
    "half a message": [GREETING, message(b"{", 1000)],
    "a length beyond all": [GREETING, message(b"", 2 ** 64 - 1)],
    "more than is allowed": [GREETING, message(bytes(HUGE))],
    "no request id": [GREETING, message(b"\0\0")],
    "an id without its mark": [GREETING, message(bytes(64))],
    "too deep": [GREETING, request(1, b"[" * 60000)],
    "no text": [GREETING, request(1, b"\xff\xfe\0")],
    "many empty ones": [GREETING, message(b"") * 1000],
}


def test_garbage_harms_nobody(server):
    peers = [Peer(server, *parts) for parts in GARBAGE.values()]
    assert Operator(server)("info")["state"] == "serving"
    for peer in peers:
        peer.close()
    assert Operator(server)("info")["state"] == "serving"


def test_the_server_ends_beside_peers_that_are_stuck(server):
    peers = [Peer(server, *parts) for parts in GARBAGE.values()]
    server.stop()
    for peer in peers:
        peer.close()


def test_peers_that_never_read_keep_nobody_waiting(server):
    peers = [Peer(server, GREETING, b"".join(request(n, INFO) for n in range(64))) for _ in range(8)]
    operator = Operator(server)
    for _ in range(3):
        assert operator("info")["state"] == "serving"
    server.stop()
    for peer in peers:
        peer.close()


def test_an_answer_to_a_raw_peer(server):
    peer = Peer(server, GREETING, request(7, b'{"v":1,"command":"info"}'))
    heard = b""
    while b'"ok":true' not in heard:
        data = peer.socket.recv(65536)
        assert data, heard
        heard += data
    assert heard.startswith(b"\0SP\0") and struct.pack(">I", 0x80000007) in heard
    peer.close()
