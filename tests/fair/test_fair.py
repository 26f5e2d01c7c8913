"""Every attack, short, one after the other against one server: who does nothing notices nothing. A law of time that is broken is tried again, and its best
counts; on a machine that is busy with something else it is not judged, and what has not begun in TIME_S is left out. What stands in wants.py must fail."""
import time

import pytest

from attackers import ATTACKERS
from bystanders import Window
import harness
from harness import Law, Place, Trial, judged, served_laws, time_law, wrong
from wants import WANTS

TIME_S = 240


@pytest.fixture(scope="module")
def place():
    with Place() as own:
        own.began = time.monotonic()
        yield own
        own.server.check()


@pytest.mark.parametrize("name", [name for name, attack in ATTACKERS.items() if attack.short])
def test_who_does_nothing_notices_nothing(place, name):
    if time.monotonic() - place.began > TIME_S:
        pytest.skip(f"the machine is busy: more than {TIME_S} s for those before")
    one = judged(place, name)
    print(one.figures)
    assert not wrong(one), one.figures


# ---- the laws themselves ----

def window(delivery, answer=200, **more):
    return Window([(0, 0.0, 0.001, answer)], [(0, 0.0, 0.1, 200)], [delivery] * 100, **more)


@pytest.mark.parametrize("usually, seen, load, held", [(0.010, 0.034, 0, True), (0.010, 0.036, 0, False), (0.031, 9.0, 0, None), (0.010, 9.0, 1000, None)])
def test_the_law_of_time(monkeypatch, usually, seen, load, held):
    """1.5 times what is usual and 20 ms more; not judged where what is usual, or the load, shows a busy machine."""
    monkeypatch.setattr(harness.os, "getloadavg", lambda: (load, load, load))
    assert time_law(window(seen), window(usually)).held is held


@pytest.mark.parametrize("seen, broken", [(window(1.0), set()), (window(1.0, 503), {"served"}), (window(1.0, "Timeout"), {"served"}),
                                          (window(1.0, cuts=1), {"streams"}), (window(1.0, unheard=1), {"streams"})])
def test_whoever_is_refused_or_cut_is_told(seen, broken):
    assert {law.name for law in served_laws(seen) if not law.held} == broken


def told(**laws):
    return wrong(Trial("Gestures", 1, [Law(name, held, "seen") for name, held in laws.items()], ""))


def test_what_is_known_must_fail():
    """Of a row with two laws one must."""
    assert ("Gestures", "time", "served") in WANTS
    assert not told(time=False, served=True) and not told(time=None, served=False) and not told(time=None, served=True)
    assert told(time=True, served=True) == ["Gestures: time, served holds: delete its row of tests/fair/wants.py"]
    assert told(time=False, served=True, streams=False) == ["Gestures: streams: seen"]
    assert {attacker for attacker, *_ in WANTS} <= set(ATTACKERS)
