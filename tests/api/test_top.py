"""`lectern top` in a terminal of tmux: views, sorting, opening an actor, tiny terminals, the end, no terminal."""
import os
import subprocess

import pytest

from client import Timeout, wait_until
from launch import binary, run


class Terminal:
    """A terminal that runs `lectern top` on a server and then says its exit code."""

    def __init__(self, server, folder):
        self.socket = str(folder / "tmux")
        command = f"{binary()} top --data {server.data}; echo code $?; stty -a | tr ';' '\\n'; exec cat"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", command)

    def tmux(self, *words):
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = run("tmux", "-S", self.socket, *words, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def pane(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def shows(self, *texts):
        try:
            wait_until(lambda: all(text in self.pane() for text in texts))
        except Timeout as none:
            raise AssertionError(f"{texts} not in\n{self.pane()}") from none
        return self.pane()


@pytest.fixture
def terminal(server, room, tmp_path):
    own = Terminal(server, tmp_path)
    yield own
    own.tmux("kill-server")


def test_views(terminal):
    terminal.shows("serving", "messages/s", "busy_now", "wakeups")
    for key, text in (("2", "address"), ("6", "limit"), ("7", "worker"), ("8", "stage")):
        terminal.keys(key)
        terminal.shows(text)


def test_filter_and_open(terminal):
    terminal.shows("serving")
    terminal.keys("2")
    terminal.shows("address", "ingress/")
    terminal.keys("/", "nobody-is-called-so", "Enter")
    wait_until(lambda: "ingress/" not in terminal.pane())
    terminal.keys("Escape")
    terminal.shows("ingress/")
    terminal.keys("/", "ingress/0", "Enter")
    wait_until(lambda: "ingress/1" not in terminal.pane())
    terminal.keys("Enter")
    wait_until(lambda: "address" not in terminal.pane())
    terminal.shows("ingress/0")
    terminal.keys("Escape")
    terminal.shows("address")


def test_tiny(terminal):
    terminal.shows("serving")
    terminal.tmux("resize-window", "-x", "20", "-y", "5")
    terminal.shows("lectern")
    terminal.tmux("resize-window", "-x", "120", "-y", "40")
    terminal.shows("busy_now")


def test_quit(terminal):
    terminal.shows("serving")
    terminal.keys("q")
    terminal.shows("code 0", " icanon", " echo")


def test_no_terminal(server):
    done = subprocess.run([binary(), "top", "--data", server.data], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=30)
    assert done.returncode != 0 and "needs a terminal" in done.stderr
