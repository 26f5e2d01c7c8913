"""Kill -9 of the server at moments by chance, while people talk and while they finalize: sockets come back with the same token, windows hold, and
the report tells all that was nudged, once (coaching contract, sections 8.2, 8.3, 11.5 and 11.6). LECTERN_CRASH_SEED is where chance begins."""
import itertools
import os
import random
from contextlib import ExitStack, suppress
from threading import Timer

import pytest

from client import End, wait_until
from coaching import at_once, couple
from coaching_rooms import CALM, FAST, begin, connect, finalize, jobs, measure, nudge, nudges, session_path
from sockets import PING, TEXT, Socket

ROUNDS, SEED = int(os.environ.get("LECTERN_CRASH_ROUNDS", "3")), int(os.environ.get("LECTERN_CRASH_SEED", "1"))
LIFE, ENDING = 1.5, 0.04  # seconds: in which a process dies at some time; likewise while it is asked for the end
OVER = {"overlap_ratio": 0.9}


def serving(start_server, window):
    return start_server("--store-frames", "--nudge-rate-limit-seconds", window)


def killed(server, luck, most):
    """From now on it may be gone at any time."""
    timer = Timer(luck.uniform(0, most), server.process.kill)
    timer.start()
    return timer


def talk(server, sid, people, luck, stamps):
    """All on sockets of their own, until the process is gone. Returns what each was told of nudges."""
    opened = []
    with ExitStack() as stack:
        timer = killed(server, luck, LIFE)
        with suppress(End, OSError):
            for who in people:
                opened.append(stack.enter_context(connect(server.api, sid, who)))
            while True:
                one = luck.choice(opened)
                measure(one, sid, {**luck.choice([CALM, FAST, FAST, OVER]), "timestamp_ms": next(stamps)})
                one.say(PING, "measured")
                one.until_pong()
        for one in opened:
            with suppress(End, OSError):
                while True:
                    one.next()
        timer.join()
    server.kill()
    return list(map(heard, opened))


def heard(socket):
    told = [one.json() for one in socket.seen if one.kind == TEXT]
    assert {one["type"] for one in told} <= {"server.session_state", "server.nudge"}
    return [one["payload"] for one in told if one["type"] == "server.nudge"]


# Nudges and frames that stand in the tables against a law: at most one of a sender in a window, each with its frame from the same transaction;
# at least one where a frame deserves it, and without a window one for each; no frame twice.
WRONG = """
    with n as (select *, xmin as done from coaching.nudge_events where session_id = 'SID'),
         f as (select *, xmin as done, speaking_rate > 3 or overlap_ratio > 0.3 as loud from coaching.session_feature_frames where session_id = 'SID')
    select 'too soon' as what, seq as which from (select *, created_at - lag(created_at) over (partition by user_id order by seq) as gap from n) n
        where gap < 'WINDOW s'::interval - '5 ms'::interval
    union all select 'without a frame', seq from n where not exists (select from f where f.user_id = n.user_id and f.done = n.done and loud)
    union all select 'lost', timestamp_ms from f where loud and not exists (select from n where n.user_id = f.user_id and n.created_at
        between f.created_at - 'WINDOW.005 s'::interval and f.created_at + '5 ms'::interval)
    union all select 'twice', timestamp_ms from f group by timestamp_ms having count(*) > 1
    union all select 'uncounted', nudged from (select (select count(*) from f where loud) as loud, (select count(*) from n) as nudged) c
        where WINDOW = 0 and loud <> nudged"""


def check_tables(server, sid, window):
    """Returns the nudges, in their order."""
    rows = nudges(server, sid)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert server.database().rows(WRONG.replace("SID", sid).replace("WINDOW", str(window))) == []
    return rows


def check_report(server, sid, window, two, put_out):
    """It is made once, and says what stands in the log."""
    rows = check_tables(server, sid, window)
    slow, pause = (sum(row["nudge_type"] == kind for row in rows) for kind in ("SLOW_DOWN", "PAUSE"))
    summary = f"{len(rows)} nudges delivered. {slow} slow-down suggestions, {pause} pause suggestions." if slow else f"{len(rows)} nudges delivered. Try more pauses."

    def read(who):
        told = server.api.get(f"/v1/sessions/{sid}/report", token=who.token).json()
        return told["sid"], told["summary"]
    wait_until(lambda: read(two.ada) == (sid, summary), what=f"the report that says {summary}")
    assert read(two.ben) == (sid, summary)
    assert put_out("report", f"payload ->> 'session_id' = '{sid}'") == [{"payload": {"session_id": sid}}]


@pytest.mark.parametrize("window", [0, 5])
def test_kills_while_they_talk(start_server, window):
    server = serving(start_server, window)
    luck, stamps, put_out, two = random.Random(SEED), itertools.count(1), jobs(server), couple(server.api)
    sid = begin(server, two.id, two.ada, two.ben)
    rows = []
    for _ in range(ROUNDS):
        known = len(rows)
        told = talk(server, sid, [two.ada, two.ben, two.ada], luck, stamps)
        server.start()
        rows = check_tables(server, sid, window)
        for one in told:
            assert one == [row["payload"] for row in rows[known:known + len(one)]], "each socket was told what is on disk, in that order, once"
    with connect(server.api, sid, two.ada) as hers, connect(server.api, sid, two.ben) as his:
        def both_again():
            measure(hers, sid, {**FAST, "timestamp_ms": next(stamps)})
            measure(his, sid, {**OVER, "timestamp_ms": next(stamps)})
            return {row["user_id"] for row in nudges(server, sid)[len(rows):]} == {two.ada.id, two.ben.id}
        wait_until(both_again, interval=0.2, what="the end of both windows")
        assert finalize(server.api, sid, two.ben).json() == {"ok": True}
    check_report(server, sid, window, two, put_out)


def try_to_end(server, sid, who):
    """What it was answered; None: nothing."""
    with suppress(End, OSError, ValueError):
        return finalize(server.api, sid, who).json()


def test_kills_while_they_finalize(start_server):
    server = serving(start_server, 3600)
    luck, put_out, two = random.Random(SEED), jobs(server), couple(server.api)
    for _ in range(ROUNDS):
        sid = begin(server, two.id, two.ada, two.ben)
        with connect(server.api, sid, two.ada) as hers, connect(server.api, sid, two.ben) as his:
            measure(hers, sid, FAST)
            measure(his, sid, OVER)
            for one in (hers, his):
                assert {nudge(one)["nudge_type"], nudge(one)["nudge_type"]} == {"SLOW_DOWN", "PAUSE"}
            timer = killed(server, luck, ENDING)
            answers = at_once([lambda who=who: try_to_end(server, sid, who) for who in (two.ada, two.ben)])
            timer.join()
        server.kill()
        server.start()
        row = server.database().one(f"select status, ended_at from coaching.sessions where id = '{sid}'")
        over = row["status"] == "ENDED"
        assert all(answer in (None, {"ok": True}) for answer in answers) and (over or answers == [None, None])
        for who in (two.ada, two.ben):
            with Socket(server.api, session_path(sid, who)) as again:
                assert again.status == (403 if over else 101)
        assert [try_to_end(server, sid, who) for who in (two.ada, two.ben)] == [{"ok": True}] * 2
        ended = server.database().one(f"select status, ended_at, ended_seq from coaching.sessions where id = '{sid}'")
        assert (ended["status"], ended["ended_seq"]) == ("ENDED", 3) and (not over or ended["ended_at"] == row["ended_at"])
        check_report(server, sid, 3600, two, put_out)
