"""What a server costs the machine: resident memory, kernel memory of TCP, open descriptors. Watched all the time for their highest."""
import os
import socket
import struct
import threading
from pathlib import Path
from typing import NamedTuple

PAGE = os.sysconf("SC_PAGE_SIZE")
EVERY_S = 0.05
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, NLM_F_DUMP, NLMSG_DONE = 4, 20, 1, 0x300, 3  # linux/netlink.h, linux/sock_diag.h
INET_DIAG_SKMEMINFO, ALL_STATES = 7, 0xffffffff  # linux/inet_diag.h


class Cost(NamedTuple):
    resident: int
    tcp: int  # of this server's sockets alone
    descriptors: int

    def __str__(self):
        return f"{self.resident / 1e6:.0f} MB resident, {self.tcp / 1e6:.0f} MB of TCP, {self.descriptors} descriptors"


def machine_tcp_bytes():
    """Of all sockets of the machine, with whatever else runs on it."""
    line = next(line for line in Path("/proc/net/sockstat").read_text(encoding="ascii").splitlines() if line.startswith("TCP:"))
    words = line.split()
    return int(words[words.index("mem") + 1]) * PAGE


def tcp_bytes(port):
    """Of the sockets at this end of a server's connections, as sock_diag(7) tells: what is received and unread, what is queued to be sent."""
    head = struct.pack("=IHHII", 16 + 56, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
    wanted = struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 1 << INET_DIAG_SKMEMINFO - 1, ALL_STATES) + struct.pack(">HH", port, 0) + bytes(44)
    total = 0
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as own:
        own.send(head + wanted)
        while True:
            data = own.recv(1 << 16)
            while data:
                size, kind = struct.unpack_from("=IH", data)
                if kind == NLMSG_DONE:
                    return total
                assert kind == SOCK_DIAG_BY_FAMILY, kind
                total += memory_of(data[16:size], port)
                data = data[size + 3 & ~3:]


def memory_of(said, port):
    """rmem, wmem and what is queued of it, if the socket is of this port."""
    if struct.unpack_from(">H", said, 4)[0] != port:
        return 0
    at = 72
    while at + 4 <= len(said):
        size, kind = struct.unpack_from("=HH", said, at)
        if kind == INET_DIAG_SKMEMINFO:
            received, _, _, _, _, queued = struct.unpack_from("=6I", said, at + 4)
            return received + queued
        at += size + 3 & ~3
    return 0


def cost(pid, port):
    resident = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    return Cost(resident, tcp_bytes(port), len(os.listdir(f"/proc/{pid}/fd")))


def processor_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """Inside, `highest` is the most of each since then."""

    def __init__(self, pid, port):
        self.pid, self.port, self.highest = pid, port, cost(pid, port)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.stopping.wait(EVERY_S):
            try:
                self.highest = Cost(*map(max, self.highest, cost(self.pid, self.port)))
            except OSError:  # the server has ended, which others say
                return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
