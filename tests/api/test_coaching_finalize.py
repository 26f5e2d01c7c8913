"""The end of a coaching session (coaching contract, sections 7.3, 7.4, 8.2): by whom, once, with its report's job, and what its sockets hear."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import wait_until
from coaching import account, couple
from coaching_rooms import FAST, begin, connect, finalize, jobs, last, measure, nudge, nudges, session_path
from sockets import Socket


@pytest.fixture(scope="module")
def running(start_module_server):
    return start_module_server()


@pytest.fixture(scope="module")
def put_out(running):
    return jobs(running)


@pytest.fixture(scope="module")
def api(running):
    return running.api


@pytest.fixture(scope="module")
def two(api):
    return couple(api)


@pytest.fixture
def sid(running, put_out, two):
    return begin(running, two.id, two.ada, two.ben)


def row_of(server, sid):
    return server.database().one(f"select status, ended_at, ended_seq from coaching.sessions where id = '{sid}'")


def report_of(server, sid):
    return server.database().rows(f"select status, summary from coaching.session_reports where session_id = '{sid}'")


def wanted(put_out, sid):
    return put_out("report", f"payload ->> 'session_id' = '{sid}'")


@pytest.mark.parametrize("base", ["/v1/sessions", "/v1/coach/sessions"])
def test_who_takes_part_ends_it_and_repeats_change_nothing(running, api, two, sid, put_out, base):
    assert row_of(running, sid) == {"status": "ACTIVE", "ended_at": None, "ended_seq": None}
    answer = finalize(api, sid, two.ben, base)
    assert (answer.status, answer.json()) == (200, {"ok": True})
    ended = row_of(running, sid)
    assert ended["status"] == "ENDED" and ended["ended_at"] and ended["ended_seq"] == 1
    assert [row["status"] in ("PENDING", "READY") for row in report_of(running, sid)] == [True]
    for who in (two.ada, two.ben, two.ada):
        assert (finalize(api, sid, who, base).status, finalize(api, sid, who).json()) == (200, {"ok": True})
    assert row_of(running, sid) == ended and len(report_of(running, sid)) == 1
    assert wanted(put_out, sid) == [{"payload": {"session_id": sid}}]


def test_who_may_not(running, api, two, sid, put_out):
    for who in (account(api), account(api)):
        assert (finalize(api, sid, who).status, finalize(api, sid, who).json()) == (403, {"detail": "Not authorized"})
    alone = begin(running, two.id, two.ada)
    assert finalize(api, alone, two.ben).status == 403, "a member of the relationship who takes no part"
    for odd in ("unknown", "7", "-1", "x" * 200):
        assert (finalize(api, odd, two.ada).status, finalize(api, odd, two.ada).json()) == (404, {"detail": f"Session with id {odd} not found"})
    answer = api.post(f"/v1/sessions/{sid}/finalize")
    assert (answer.status, answer.json(), answer.header("www-authenticate")) == (401, {"detail": "Not authenticated"}, "Bearer")
    assert api.post(f"/v1/sessions/{sid}/finalize", token=two.ada.refresh).status == 401
    assert row_of(running, sid)["status"] == row_of(running, alone)["status"] == "ACTIVE" and wanted(put_out, sid) == []


def test_both_at_once(running, api, two, sid, put_out):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda who: finalize(api, sid, who), [two.ada, two.ben] * 8))
    assert [(answer.status, answer.json()) for answer in answers] == [(200, {"ok": True})] * 16
    assert row_of(running, sid)["ended_seq"] == 1 and len(report_of(running, sid)) == 1 and len(wanted(put_out, sid)) == 1


def test_a_body_is_ignored(api, two, sid):
    assert api.post(f"/v1/sessions/{sid}/finalize", token=two.ada.token, json={"anything": [1]}).status == 200


def test_sockets_hear_of_the_end(running, api, two, sid):
    with connect(api, sid, two.ada) as hers, connect(api, sid, two.ada) as phone, connect(api, sid, two.ben) as his:
        measure(his, sid, FAST)
        for one in (hers, phone, his):
            assert nudge(one)["nudge_type"] == "SLOW_DOWN"
        assert finalize(api, sid, two.ada).status == 200
        for one in (hers, phone, his):
            assert last(one) == ((1000, "session ended"), [])
            assert one.at_end()
    with Socket(api, session_path(sid, two.ben)) as late:
        assert late.status == 403
    assert [row["seq"] for row in nudges(running, sid)] == [1] and row_of(running, sid)["ended_seq"] == 2


def test_a_report_that_was_read_before_is_wanted_all_the_same(running, api, two, sid, put_out):
    running.database().text(f"insert into coaching.session_reports (session_id) values ('{sid}')")
    assert finalize(api, sid, two.ada).status == 200
    assert len(wanted(put_out, sid)) == 1 and len(report_of(running, sid)) == 1


def test_what_ended_elsewhere_without_a_report_gets_one(running, api, two, sid, put_out):
    running.database().text(f"update coaching.sessions set status = 'FINALIZED', ended_at = started_at where id = '{sid}'")
    for _ in range(3):
        assert finalize(api, sid, two.ada).json() == {"ok": True}
    assert len(wanted(put_out, sid)) == 1 and len(report_of(running, sid)) == 1
    assert row_of(running, sid)["status"] == "FINALIZED"


def test_a_ready_report_stays(running, api, two, sid):
    assert finalize(api, sid, two.ada).status == 200
    running.database().text(f"update coaching.session_reports set status = 'READY', summary = 'as it is' where session_id = '{sid}'")
    assert finalize(api, sid, two.ben).status == 200
    assert report_of(running, sid) == [{"status": "READY", "summary": "as it is"}]


def test_a_session_that_goes_meanwhile_is_gone_for_its_room(running, api):
    gone = couple(api)
    sid = begin(running, gone.id, gone.ada, gone.ben)
    with connect(api, sid, gone.ada) as hers:
        running.database().text(f"delete from coaching.relationships where id = '{gone.id}'")
        measure(hers, sid, FAST)
        assert last(hers)[0][0] == 1013, "it could not be stored, and was told to nobody"
    assert finalize(api, sid, gone.ada).status == 404
    assert nudges(running, sid) == []


def test_an_operator_ends_it(running, api, two, sid, put_out):
    number = running.database().text(f"select number from coaching.sessions where id = '{sid}'")
    with connect(api, sid, two.ada) as hers:
        done = running.admin("room", f"coaching/{number}", "close")
        assert done.returncode == 0, done.stderr
        assert last(hers)[0] == (1000, "session ended")
    assert row_of(running, sid)["status"] == "ENDED" and len(wanted(put_out, sid)) == 1
