"""The README's lesson of an operator, to the letter: every command of it in one shell, on an empty server."""
import re
import subprocess
from pathlib import Path

import pytest

from launch import binary

README = Path(__file__).parents[2] / "README.md"
MARK = "---- next ----"


def commands():
    """What the section tells to type, without the start of the server."""
    section = README.read_text().split("### A hot room")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.S)
    assert "tools/run" in blocks[0]
    return blocks[1:]


@pytest.fixture(scope="module")
def told(start_module_server):
    """What each block printed, and the server, which the last of them has ended."""
    server = start_module_server()
    folder = Path(server.folder, "reader")
    (folder / "build").mkdir(parents=True)
    (folder / "build/lectern").symlink_to(binary())
    (folder / "story").symlink_to(server.data)
    script = f"\necho; echo '{MARK}'\n".join(commands()).replace("http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}")
    done = subprocess.run(["bash", "-c", script + "\nwait"], cwd=folder, env=server.surroundings(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    return done.stdout.split(MARK), server, folder


def test_the_hot_room_is_found_and_traced(told):
    traced = told[0][1]
    assert re.search(r"room .*\n +1 +classroom +true +1 ", traced)
    rows = re.findall(r"ROOM_COMMAND +say +classroom/1 +- +2 .*text_bytes=4", traced)
    assert len(rows) == 12 and "the trace has ended: as many entries as were asked for" in traced
    assert "spam" not in traced


def test_the_client_is_cut_and_removed(told):
    cut, _, folder = told[0][2], *told[1:]
    assert re.search(r"sse +stream +2 +1 ", cut)
    assert re.search(r"killed +[01]-\d+ ", cut)
    assert re.search(r" 1 +2 +Ben ", cut)
    assert "event: participant_kicked" in (folder / "ada.events").read_text()


def test_the_node_is_drained_and_gone(told):
    (_, _, _, last), server, folder = told
    assert re.search(r"room +1 kick 1 ", last) and re.search(r"conn +[01]-\d+ kill ", last) and "trace" in last
    assert '"not_draining":false' in last
    assert not server.running() and server.wait() == 0
    assert (folder / "ada.events").read_text().count("event: chat") > 12
