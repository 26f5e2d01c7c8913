"""A server as systemd runs it: with a socket for what it says (NOTIFY_SOCKET), and with listening sockets that the manager
holds (LISTEN_FDS). And one thread of a process made to stand still, as a loop that hangs does.
"""
import ctypes
import os
import select
import socket
import time
from pathlib import Path

from launch import HOST, Server, short_folder

FIRST = 3  # of the descriptors that are handed over
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000


def listening(host=HOST, kind=socket.SOCK_STREAM):
    own = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    own.bind((host, 0))
    if kind == socket.SOCK_STREAM:
        own.listen(4096)
    return own


class Managed(Server):
    """`told` keeps every message of the server, each a dict of its lines."""

    def __init__(self, *options, sockets=(), environment=None, **more):
        wrapper = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh"]
        super().__init__(*options, prefix=wrapper, environment=environment, **more)
        self.sockets, self.told = list(sockets), []
        self.desk_folder = short_folder()
        self.desk = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.desk.bind(f"{self.desk_folder}/notify")
        self.environment = {**self.environment, "NOTIFY_SOCKET": f"{self.desk_folder}/notify"}
        if self.sockets:
            self.environment["LISTEN_FDS"] = str(len(self.sockets))
            self.api.port = self.sockets[0].getsockname()[1]
            self.inherit = {"preexec_fn": self.hand_over, "pass_fds": range(FIRST, FIRST + len(self.sockets))}

    def hand_over(self):
        kept = [os.dup(one.fileno()) for one in self.sockets]
        high = [os.dup2(fd, 200 + at) for at, fd in enumerate(kept)]
        for at, fd in enumerate(high):
            os.dup2(fd, FIRST + at)

    def next(self, patience=20.0):
        """The next message; None if none comes in time."""
        if not select.select([self.desk], [], [], patience)[0]:
            return None
        lines = self.desk.recv(4096).decode().splitlines()
        self.told.append(dict(line.split("=", 1) for line in lines))
        return self.told[-1]

    def until(self, key, patience=20.0):
        """Reads on to a message with this key."""
        deadline = time.monotonic() + patience
        while (message := self.next(max(0.0, deadline - time.monotonic()))) is not None:
            if key in message:
                return message
        raise AssertionError(f"the server did not say {key}: {self.told} {self.stderr()[-2000:]}")

    def read_all(self):
        while self.next(0):
            pass

    def remove(self):
        super().remove()
        self.desk.close()
        os.unlink(f"{self.desk_folder}/notify")
        os.rmdir(self.desk_folder)


def thread_of(pid, name):
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            return int(task.name)
    raise AssertionError(f"no thread {name}")


class Frozen:
    """One thread of a child stands still while the others go on. To be left by the thread that entered."""

    def __init__(self, tid):
        self.tid = tid
        self.libc = ctypes.CDLL(None, use_errno=True)

    def trace(self, what):
        done = self.libc.ptrace(ctypes.c_long(what), ctypes.c_int(self.tid), ctypes.c_void_p(0), ctypes.c_void_p(0))
        assert done == 0, os.strerror(ctypes.get_errno())

    def __enter__(self):
        self.trace(PTRACE_SEIZE)
        self.trace(PTRACE_INTERRUPT)
        os.waitpid(self.tid, WALL)
        return self

    def __exit__(self, *_):
        self.trace(PTRACE_DETACH)
