"""Ports for servers that a test starts, once or again."""
import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
_held = []


def _kept_free():
    """Ports that the kernel gives to no connection out and to nobody who does not care which."""
    least, most = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    return [port for port in range(10000, 65536) if not least <= port <= most]


def _hold(port):
    """Until this process ends no other one of the tests is given the port; False: one was."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0lectern-tests-port-{port}")
    except OSError:
        mark.close()
        return False
    _held.append(mark)
    return True


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def own_port():
    """A port of 127.0.0.1 that nobody has, and that nobody is given until this process ends."""
    kept_free = _kept_free()
    while True:
        port = random.choice(kept_free)
        if _hold(port) and _is_free(port):
            return port
