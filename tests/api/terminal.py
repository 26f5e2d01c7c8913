"""A terminal (of tmux) with a shell in it: type into it, press keys, wait for what it shows."""
import os
import shlex
import signal
from contextlib import suppress

from client import Timeout, wait_until
from launch import run, short_folder

PROMPT = "ready> "
DROPPED = ("TMUX", "TERM", "NO_COLOR", "COLUMNS", "LINES", "PROMPT_COMMAND")


class Terminal:
    """Terminal(width, height): an interactive shell. close() ends all that runs in it."""

    def __init__(self, width=120, height=40):
        self.folder = short_folder()
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, "bash --norc --noprofile -i")
        self.keys(f"PS1='{PROMPT}'", "Enter")
        wait_until(lambda: self.lines()[-1:] == [PROMPT.strip()], what="a prompt")

    def tmux(self, *words):
        environment = {k: v for k, v in os.environ.items() if k not in DROPPED and not k.startswith("LECTERN_")}
        done = run("tmux", "-S", f"{self.folder}/tmux", *words, env={**environment, "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *command, after=""):
        """Types the command; then what it ended with and how it left the terminal."""
        self.keys(f"clear; {shlex.join(map(str, command))}; echo code $?{after}", "Enter")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def resize(self, width, height):
        self.tmux("resize-window", "-x", width, "-y", height)

    def pane(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def lines(self):
        return [line.rstrip() for line in self.pane().splitlines() if line.strip()]

    def ask(self, format_):
        """A variable of the pane, as tmux names them."""
        return self.tmux("display-message", "-p", f"#{{{format_}}}").strip()

    def children(self):
        """Pid and name of what the shell runs."""
        rows = run("ps", "--ppid", self.ask("pane_pid"), "-o", "pid=,comm=").stdout.splitlines()
        return [(int(pid), name) for pid, name in map(str.split, rows)]

    def child(self, wanted):
        return wait_until(lambda: [pid for pid, name in self.children() if name == wanted], what=wanted)[0]

    def shows(self, *texts, without=()):
        def shown():
            pane = self.pane()
            return all(text in pane for text in texts) and not any(text in pane for text in without)

        try:
            wait_until(shown)
        except Timeout as none:
            raise AssertionError(f"{texts} without {without} not in\n{self.pane()}") from none
        return self.pane()

    def restored(self, code=0):
        """The command has ended with this code, and the terminal is the shell's again."""
        self.shows(f"code {code}")
        assert self.ask("alternate_on") == "0" and self.ask("cursor_flag") == "1" and self.ask("keypad_flag") == "0"
        self.keys("stty -a | tr ';' '\\n'", "Enter")
        return self.shows(" icanon", " echo ", "isig")

    def close(self):
        """Programs are killed: one that ends by itself, as its terminal goes, is sent a SIGCONT, which may take from the leak sanitizer's
        tracer its SIGSTOP, and then both hang."""
        for pid, _ in self.children():
            with suppress(ProcessLookupError):  # it has ended by itself
                os.kill(pid, signal.SIGKILL)
        self.tmux("kill-server")
        run("rm", "-rf", self.folder)
