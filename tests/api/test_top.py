"""`lectern top` in a terminal: views, keys, sizes, colours, trouble with the server, and a terminal that is always given back."""
import grp
import os
import re
import signal

import pytest

from classroom import Room
from client import Timeout, wait_until
from launch import Server, binary, run
from managed import Frozen, thread_of
from terminal import Terminal

SERVING = ("lectern 0.", "serving", "database up", "requests/s")
EVIL = "\x1b]0;taken over\x07\x1b[2J \u009b31m \u202etxt"


def top(data, *options):
    return [binary(), "top", "--data", data, "--every", "0.25", *options]


@pytest.fixture
def terminal():
    own = Terminal()
    yield own
    own.close()


@pytest.fixture
def class_(room):
    """A live class: two people listen, and something was said."""
    student = room.student("Zoë 中文")
    with room.stream(room.teacher), room.stream(student) as stream:
        room.action(student, "chat", text="good morning")
        stream.until("chat")
        yield room


@pytest.fixture
def watching(terminal, server, class_):
    terminal.run(*top(server.data))
    terminal.shows(*SERVING)
    return terminal


VIEWS = {"1": ("busy %", "mailbox", "said_to_sent"), "2": ("answers", "wakes/s"), "3": ("actor", "cpu %", "ingress/0"), "5": ("pending", "out/s", "sse", "127.0.0.1:"),
         "4": ("room", "events/s", "present"), "6": ("queue", "full %", "mailbox of an actor"), "7": ("kind", "queries/s", "write"),
         "8": ("refusing", "batch p99"), "9": ("stage", "p99 ms", "said_to_committed"),
         "0": ("reason", "lived")}


def turn_to(terminal, view, row, *keys):
    """The view with that row on it, then the keys: on a view that is still empty they would find nothing."""
    terminal.keys(view)
    terminal.shows(f"\n{row}")
    terminal.keys(*keys)


def room_row(room):
    return f"{room.id:>4}  "


def test_views(watching):
    for key, texts in VIEWS.items():
        watching.keys(key)
        watching.shows(*SERVING, *texts)


def test_tab_goes_through_the_views(watching):
    watching.keys("Tab")
    watching.shows("wakes/s")
    watching.keys("Tab")
    watching.shows("actor  ", "restarts")
    watching.keys("BTab")
    watching.shows("wakes/s")


def test_the_head_counts_a_class(watching, class_):
    watching.shows("streams 2", "rooms ", "people ")
    watching.keys("4")
    watching.shows(f"\n{room_row(class_)}")


def test_a_room_opens_with_people_and_events(watching, class_):
    turn_to(watching, "4", room_row(class_), "/", str(class_.id), "Enter", "Enter")
    watching.shows("people", "Zoë 中文", "good morning", f"{class_.id}  Esc back")
    watching.keys("Escape")
    watching.shows("room  ", "present", "streams", without=("good morning",))


def test_an_actor_opens_and_scrolls(watching):
    watching.resize(80, 14)
    turn_to(watching, "3", "ingress/0", "/", "notifier", "Enter", "Enter")
    watching.shows("address notifier/1", "what it says of itself", '"ready": true')
    watching.keys("End")
    watching.shows("}", without=("address notifier/1",))
    watching.keys("Home")
    watching.shows("address notifier/1")
    watching.keys("Escape")
    watching.shows("notifier/1", "cpu %")


def test_a_connection_opens(watching, class_):
    watching.keys("5", "/", "sse", "Enter")
    watching.shows("/sse", "stream", "GET /sse/")
    watching.keys("Enter")
    watching.shows("Esc back", "kind sse", f"room {class_.id}", "tcp_rtt_us")
    watching.keys("Escape")
    watching.shows("out/s")


def test_sort_and_reverse(watching):
    def names():
        return [line.split()[0] for line in watching.lines()[5:-1]]

    def ordered(reverse):
        wait_until(lambda: len(names()) > 20 and names() == sorted(names(), reverse=reverse), what="another order")

    watching.resize(120, 60)
    turn_to(watching, "6", "mailbox", ">")
    ordered(False)
    watching.keys("r")
    ordered(True)
    watching.keys("<")
    wait_until(lambda: len(names()) > 20 and names() != sorted(names(), reverse=True), what="the order of another column")


def test_filter(watching):
    watching.keys("3")
    watching.shows("ingress/0", "ingress/1")
    watching.keys("/", "nobody-is-called-so")
    watching.shows("/nobody-is-called-so", "(no row with this text)", without=("ingress/",))
    watching.keys("Escape")
    watching.shows("ingress/0")
    watching.keys("/", "ingress/0", "Enter")
    watching.shows("1 of ", without=("ingress/1",))
    watching.keys("Escape")
    watching.shows("ingress/1")


def test_the_selection_moves(watching):
    def selected(*others):
        """The name of the row that is selected, once it is none of these."""
        def named():
            found = re.search(r"\x1b\[7m([a-z_]{3,})", watching.pane("-e"))
            return found and found[1] not in others and found[1]
        return wait_until(named, what="another row selected")

    turn_to(watching, "6", "mailbox", "Down")
    second = selected()
    watching.keys("Down")
    third = selected(second)
    watching.keys("Up")
    assert selected(third) == second


def test_columns_scroll(watching):
    watching.resize(80, 24)
    watching.keys("3")
    watching.shows("cpu %", without=("why",))
    watching.keys("Right", "Right", "Right", "Right", "Right", "Right", "Right", "Right")
    watching.shows("actor", "why", without=("cpu %",))
    watching.keys("Left", "Left", "Left", "Left", "Left", "Left", "Left", "Left")
    watching.shows("cpu %")


def test_pause_and_rhythm(watching):
    watching.shows("every 0.25 s")
    watching.keys("+")
    watching.shows("every 0.5 s")
    watching.keys("-")
    watching.shows("every 0.25 s")
    watching.keys("p")
    watching.shows("PAUSED")
    watching.keys("6")
    watching.shows("mailbox of an actor")
    watching.keys("Space")
    watching.keys("p")
    watching.shows("every 0.25 s")


def test_help(watching):
    watching.keys("?")
    watching.shows("columns to the right", "the group commit")
    watching.keys("?")
    watching.shows("said_to_sent", without=("columns to the right",))


@pytest.mark.parametrize("size", [(80, 24), (20, 5), (200, 60), (3, 2), (120, 40)])
def test_sizes(watching, size):
    watching.resize(*size)
    for key in ("2", "4", "Enter", "Escape", "1"):
        watching.keys(key)
    watching.shows("le~" if size[0] < 7 else "lectern")
    watching.resize(120, 40)
    watching.shows(*SERVING, "said_to_sent")
    watching.keys("q")
    watching.restored()


def test_quit(watching):
    watching.keys("q")
    watching.restored()


def test_interrupt(watching):
    watching.keys("C-c")
    watching.restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals(watching, number):
    os.kill(watching.child("lectern"), number)
    watching.restored()


def test_a_failure_of_its_own_gives_the_terminal_back(watching):
    os.kill(watching.child("lectern"), signal.SIGABRT)
    watching.restored(128 + signal.SIGABRT)


def test_it_ends_with_its_terminal(terminal, server):
    terminal.run("env", "ASAN_OPTIONS=detect_leaks=0", *top(server.data))
    terminal.shows(*SERVING)
    pid = terminal.child("lectern")
    terminal.tmux("respawn-pane", "-k", "cat")
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), what="its end")


def stop_it(terminal):
    """On a busy machine the first Ctrl-Z has been seen to get lost on its way to the program; the shell takes no notice of one more."""
    for _ in range(3):
        terminal.keys("C-z")
        try:
            return wait_until(lambda: "Stopped" in terminal.pane(), timeout=5, what="a stopped program")
        except Timeout as none:
            late = none
    raise late


def test_stop_and_go_on(watching):
    stop_it(watching)
    assert watching.ask("alternate_on") == "0"
    watching.keys("stty -a | tr ';' '\\n'", "Enter")
    watching.shows(" icanon", " echo ")
    watching.keys("fg", "Enter")
    watching.shows(*SERVING, "said_to_sent")
    watching.keys("2")
    watching.shows("wakes/s")
    watching.keys("q")
    watching.shows(without=("wakes/s",))


def test_colours(watching):
    assert "\x1b[32m" in watching.pane("-e")


@pytest.mark.parametrize("setting", ["TERM=vt100", "NO_COLOR=1", "TERM=xterm-mono"])
def test_without_colours(terminal, server, setting):
    terminal.run("env", setting, *top(server.data))
    terminal.shows(*SERVING)
    pane = terminal.pane("-e")
    assert not any(f"\x1b[3{n}m" in pane or f";3{n}m" in pane for n in range(1, 8))
    terminal.keys("2")
    terminal.shows("wakes/s")
    terminal.keys("q")
    terminal.restored()


@pytest.mark.parametrize("setting", ["TERM=dumb", "TERM=nobody-knows", "TERM="])
def test_terminals_that_will_not_do(terminal, server, setting):
    terminal.run("env", setting, *top(server.data))
    terminal.shows("lectern top: this terminal is not known or cannot move its cursor", "code 2")


def test_no_terminal(server):
    done = run(*top(server.data))
    assert done.returncode == 2 and "must be a terminal" in done.stderr and done.stdout == ""


def test_only_one_half_is_a_terminal(terminal, server):
    terminal.keys(f"{binary()} top --data {server.data} | cat", "Enter")
    terminal.shows("must be a terminal")


@pytest.mark.parametrize("options", [["--every", "0.1"], ["--batch", "0"], ["--view", "nothing"], ["--batch"], ["--nothing", "1"]])
def test_wrong_options(server, options):
    done = run(*top(server.data, *options))
    assert done.returncode == 2 and "lectern top: " in done.stderr


def test_batch(server, class_):
    done = run(*top(server.data, "--batch", "2", "--view", "rooms"))
    assert done.returncode == 0, done.stderr
    pages = done.stdout.strip().split("\n\n")
    assert len(pages) == 2
    for page in pages:
        assert "serving" in page and "requests/s -" not in page and str(class_.id) in page and "\x1b" not in page


def test_batch_does_not_wait_for_ever(tmp_path):
    done = run(*top(tmp_path, "--batch", "1"))
    assert done.returncode == 1 and f"no server at {tmp_path}/admin.sock" in done.stderr and done.stdout == ""


def test_names_cannot_write_to_the_terminal(watching, server, class_):
    evil = class_.student("Eve \u009b31m \u202e!")
    with class_.stream(evil):
        class_.action(evil, "chat", text=EVIL)
        watching.resize(200, 40)
        turn_to(watching, "4", room_row(class_), "/", str(class_.id), "Enter", "Enter")
        watching.shows("Eve ?31m ?!", "?31m ?txt")
        assert "taken over" not in watching.ask("pane_title")
        watching.keys("q")
        watching.restored()
        watching.run(binary(), "admin", "--data", server.data, "room", class_.id, "events", "--json")
        watching.shows("code 0", "?31m ?txt")
        for form in ("", "--csv"):
            watching.run(*filter(None, [binary(), "admin", "--data", server.data, "room", class_.id, "members", form]))
            watching.shows("code 0", "Eve ?31m ?!")
    plain = server.admin("room", class_.id, "members").stdout
    assert "Eve ?31m ?!" in plain and "\u009b" not in plain
    assert "Eve \u009b31m \u202e!" in server.admin("room", class_.id, "members", "--csv").stdout


def test_a_silent_worker_is_marked(watching, server):
    watching.keys("2")
    watching.shows("wakes/s")
    with Frozen(thread_of(server.process.pid, "worker-1")):
        watching.shows("1 of 2 workers SILENT", "     1  SILENT")
        watching.keys("3")
        watching.shows("ingress/0")
    watching.shows(*SERVING, without=("SILENT",))


@pytest.fixture
def own(start_server):
    return start_server()


def test_a_server_that_stands_still(terminal, own):
    terminal.run(*top(own.data))
    terminal.shows(*SERVING)
    own.process.send_signal(signal.SIGSTOP)
    try:
        terminal.shows("no answer for ", "said_to_sent")
        terminal.keys("?")
        terminal.shows("columns to the right", "no answer for")
        terminal.keys("?", "2")
        terminal.shows("wakes/s", "no answer for")
        assert "\x1b[2m" in terminal.pane("-e")
    finally:
        own.process.send_signal(signal.SIGCONT)
    terminal.shows(*SERVING, "wakes/s", without=("no answer",))


def test_a_server_that_is_killed_and_comes_back(terminal, own):
    terminal.run(*top(own.data))
    terminal.shows(*SERVING)
    own.kill()
    terminal.shows("the server has gone: no answer for ", "said_to_sent")
    terminal.keys("2")
    terminal.shows("wakes/s")
    own.start()
    terminal.shows(*SERVING, "wakes/s", without=("gone", "no answer"))
    own.kill()
    terminal.shows("the server has gone")
    terminal.keys("q")
    terminal.restored()
    own.start()


def test_a_server_that_is_not_there_yet(terminal):
    later = Server()
    try:
        os.makedirs(later.data)
        terminal.run(*top(later.data))
        terminal.shows(f"no server at {later.data}/admin.sock for 1 s", "overview")
        later.start()
        terminal.shows(*SERVING)
        later.stop()
        terminal.shows("the server has gone")
    finally:
        later.remove()


def test_a_drained_server(terminal, own):
    terminal.run(*top(own.data))
    terminal.shows(*SERVING)
    own.admin("drain")
    terminal.shows("drain")
    own.admin("undrain")
    terminal.shows("serving", without=("drain",))


def test_viewers_see_it_too(terminal, start_server, tmp_path):
    path = tmp_path / "viewer.sock"
    server = start_server("--viewer-socket", path, "--viewer-group", grp.getgrgid(os.getgid()).gr_name)
    room = Room(server.api)
    with room.stream(room.teacher):
        terminal.run(binary(), "top", "--admin-socket", path, "--every", "0.25")
        terminal.shows(*SERVING)
        turn_to(terminal, "4", room_row(room), "Enter")
        terminal.shows("people", room.teacher.name)
        terminal.keys("Escape")
        turn_to(terminal, "3", "ingress/", "Enter")
        terminal.shows("what it says of itself", "{")
        terminal.keys("q")
        terminal.restored()
