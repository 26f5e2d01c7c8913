"""Courses contract, sections 7, 8 and 9: what the player reports, what it earns, and the attendance of the day."""
import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest

from classroom import ok, refused
from courses import Player

NOTHING = {"start_time": None, "end_time": None, "watch_time": None}


@pytest.fixture(scope="module")
def videos(campus):
    return [video["id"] for video in campus.course(6)[1]]


@pytest.fixture
def player(campus, videos):
    return Player(campus, videos[0])


def utc_today():
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def on_one_day(test):
    """Again, should midnight have come in between."""
    before = utc_today()
    result = test()
    return result if utc_today() == before else test()


# --- the record (section 7.1)


def test_a_play_and_a_pause(player, videos):
    played = player.recorded(start_time="14:30:00")
    assert played == {"id": played["id"], "user_id": player.who.id, "video_id": videos[0], "date": played["date"],
                      "start_time": "14:30:00", "end_time": None, "watch_time": None}
    assert played["date"] in (utc_today(), played["date"]) and abs((datetime.date.fromisoformat(played["date"])
                                                                    - datetime.date.fromisoformat(utc_today())).days) <= 1
    paused = player.recorded(end_time="14:35:30", watchtime_seconds=330)
    assert paused == {**played, "end_time": "14:35:30", "watch_time": "00:05:30"}


WORKED = [
    ([{"start_time": "14:30:00"}], None),
    ([{"start_time": "14:30:00"}, {"end_time": "14:35:30", "watchtime_seconds": 330}], "00:05:30"),
    ([{"start_time": "14:30:00"}, {"end_time": "14:35:30", "watchtime_seconds": 330}, {"start_time": "14:40:00"},
      {"end_time": "14:41:00", "watchtime_seconds": 60}], "00:06:30"),
    ([{"start_time": "10:00:00"}, {"start_time": "10:30:00"}, {"end_time": "10:30:20", "watchtime_seconds": 20}], "00:00:20"),
    ([{"start_time": "10:00:00"}, {"start_time": "10:30:00"}, {"end_time": "10:30:20"}], "00:00:20"),
    ([{"start_time": "23:58:00"}, {"end_time": "00:03:00", "watchtime_seconds": 300}], "00:05:00"),
    ([{"start_time": "23:58:00"}, {"end_time": "00:03:00"}], "00:05:00"),
    ([{"start_time": "10:00:00"}, {"end_time": "10:00:10", "watchtime_seconds": 20000}], "00:00:10"),
    ([{"start_time": "10:00:00"}, {"end_time": "10:05:30", "watchtime_seconds": 330}] + [{"end_time": "10:05:30", "watchtime_seconds": 330}] * 3,
     "00:05:30"),
    ([{"start_time": "10:00:00"}, {"end_time": "10:00:50", "watchtime_seconds": 50}, {"start_time": "10:01:00"},
      {"end_time": "10:01:45", "watchtime_seconds": 45}, {"start_time": "11:00:00"}, {"end_time": "12:00:30", "watchtime_seconds": 3630}],
     "01:02:05"),
    # the rest of the table of section 8.1
    ([{"start_time": "10:00:00"}, {"end_time": "10:01:00", "watchtime_seconds": 0}], None),
    ([{"end_time": "10:00:00", "watchtime_seconds": 40}], "00:00:40"),
    ([{"end_time": "10:00:00"}], None),
    ([{"start_time": "10:00:00"}, {"end_time": "10:00:20"}, {"end_time": "10:00:50", "watchtime_seconds": 30}], "00:00:50"),
    ([{"start_time": "10:00:00"}, {"end_time": "10:00:20"}, {"end_time": "10:00:50"}], "00:00:20"),
    ([{"start_time": "10:00:00", "end_time": "10:01:00"}], "00:01:00"),
    ([{"start_time": "10:00:00", "end_time": "10:01:00", "watchtime_seconds": 10}], "00:00:10"),
    ([{"watchtime_seconds": 90}], "00:01:30"),
    ([{"start_time": "10:00:00"}, {"watchtime_seconds": 90}, {"end_time": "10:10:00"}], "00:01:30"),
    ([{"start_time": "10:00:00"}, {"end_time": "09:59:59"}], "12:00:00"),
    ([{"start_time": "10:00:00"}, {"end_time": "22:00:00"}], "12:00:00"),
    ([{"watchtime_seconds": 2147483647}], "12:00:00"),
    ([{"watchtime_seconds": 43200}, {"watchtime_seconds": 43200}, {"watchtime_seconds": 1}], "24:00:00"),
    ([{"start_time": "10:00:00"}, {"end_time": "10:00:00"}], None),
]


@pytest.mark.parametrize("requests, watched", WORKED)
def test_worked_examples(player, requests, watched):
    rows = [player.recorded(**request) for request in requests]
    assert rows[-1]["watch_time"] == watched
    assert len({row["id"] for row in rows}) == 1
    on_one_day(lambda: player.today()["total_time"] == (watched or "00:00:00"))


def test_the_last_play_is_shown_and_a_retry_changes_nothing(player):
    player.recorded(start_time="10:00:00")
    paused = player.recorded(end_time="10:00:30", watchtime_seconds=30)
    assert player.recorded(end_time="10:00:30", watchtime_seconds=9999) == paused
    again = player.recorded(start_time="10:05:00")
    assert again == {**paused, "start_time": "10:05:00"}


def test_a_second_play_while_one_runs(player):
    player.recorded(start_time="10:00:00")
    assert player.recorded(start_time="10:10:00")["watch_time"] is None
    assert player.recorded(end_time="10:10:05")["watch_time"] == "00:00:05"


@pytest.mark.parametrize("sent, kept", [("9:5:3", "09:05:03"), ("09:5:03", "09:05:03"), ("0:0:0", "00:00:00"), ("23:59:59", "23:59:59")])
def test_times_are_padded(player, sent, kept):
    assert player.recorded(start_time=sent)["start_time"] == kept
    assert player.recorded(end_time=sent)["end_time"] == kept


@pytest.mark.parametrize("bad", ["24:00:00", "10:60:00", "10:00:60", "10:00", "10:00:00:00", "10:00:00.5", "10:00:00Z", "10:00:00+01:00", " 10:00:00",
                                 "10:00:00 ", "1O:00:00", "-1:00:00", "+1:00:00", "100:00:00", "١٠:٠٠:٠٠", "::", "noon", "10-00-00", "10:00:0x"])
@pytest.mark.parametrize("field", ["start_time", "end_time"])
def test_other_times_are_refused_before_anything_is_written(campus, player, field, bad):
    refused(player.post(**{field: bad}), 400, f"Invalid {field} format. Use HH:MM:SS")
    refused(player.post(**{field: bad, "watchtime_seconds": 5}), 400, f"Invalid {field} format. Use HH:MM:SS")
    assert player.rows() == [] and ok(campus.api.get("/attendance/me", token=player.who.token)) == []


@pytest.mark.parametrize("fields", [{"start_time": 5}, {"start_time": ["10:00:00"]}, {"end_time": True}, {"watchtime_seconds": -60},
                                    {"watchtime_seconds": "x"}, {"watchtime_seconds": 12.7}, {"watchtime_seconds": 2147483648},
                                    {"watchtime_seconds": 10**18}, {"watchtime_seconds": [1]}, {"watchtime_seconds": ""}])
def test_other_values_are_refused(player, fields):
    player.recorded(start_time="10:00:00")
    answer = player.post(**{"end_time": "10:01:00", **fields})
    assert answer.status == 400 and next(iter(fields)) in answer.detail, answer
    assert player.rows()[0]["watch_time"] is None and player.today()["total_time"] == "00:00:00"


def test_seconds_may_come_as_digits(player):
    assert player.recorded(watchtime_seconds="12")["watch_time"] == "00:00:12"


@pytest.mark.parametrize("fields", [{}, {"start_time": None, "end_time": None, "watchtime_seconds": None}, {"start_time": "", "end_time": ""}])
def test_nothing_to_record(campus, player, fields):
    refused(player.post(**fields), 400, "There is nothing to record")
    assert player.rows() == [] and ok(campus.api.get("/attendance/me", token=player.who.token)) == []


def test_nulls_and_empty_times_are_absent(player):
    assert player.recorded(start_time="10:00:00", end_time="", watchtime_seconds=None)["end_time"] is None
    assert player.recorded(start_time=None, end_time="10:00:20", watchtime_seconds=None)["watch_time"] == "00:00:20"


@pytest.mark.parametrize("video", [2147483647, 0, -1])
def test_an_unknown_video(campus, video):
    player = Player(campus, video)
    refused(player.post(start_time="10:00:00"), 404, "Video not found")
    assert player.rows() == [] and ok(campus.api.get("/attendance/me", token=player.who.token)) == []


@pytest.mark.parametrize("video", ["x", None, 2147483648, 1.5, [1], ...])
def test_video_ids_that_are_none(campus, video):
    answer = campus.api.post("/progress", token=campus.student().token,
                             json={"start_time": "10:00:00", **({} if video is ... else {"video_id": video})})
    assert answer.status == 400 and "video_id" in answer.detail, answer


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"video_id": 1, "start_time": "\xff"}'])
def test_bodies_that_are_no_object(campus, body):
    answer = campus.api.post("/progress", token=campus.student().token, body=body, content_type="application/json")
    assert answer.status == 400 and isinstance(answer.detail, str), answer


def test_the_token_decides_whose_record_it_is(campus, player, videos):
    other = campus.student()
    assert player.recorded(user_id=other.id, start_time="10:00:00")["user_id"] == player.who.id
    assert ok(campus.api.get(f"/progress/video/{videos[0]}", token=other.token)) == []


def test_admins_are_not_tracked(campus, videos):
    refused(Player(campus, videos[0], campus.admin).post(start_time="10:00:00"), 403, "Student access required")
    refused(Player(campus, videos[0], campus.admin).post(start_time="x"), 403, "Student access required")
    assert ok(campus.api.get(f"/progress/video/{videos[0]}", token=campus.admin.token)) == []


def test_progress_lists_the_newest_day_first(campus, player):
    today = player.recorded(watchtime_seconds=5)
    campus.server.database().text("insert into courses.progress (user_id, video_id, date, watch_time) "
                                  f"select {player.who.id}, {player.video}, date '{today['date']}' - n, interval '1 day 3 hours' from generate_series(1, 3) n")
    rows = player.rows()
    assert rows[0] == today and [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)
    assert {row["watch_time"] for row in rows[1:]} == {"27:00:00"}  # hours, never days


def test_a_session_from_yesterday_is_closed_today(campus, player):
    """The server's midnight between play and pause."""
    def attempt():
        who = Player(campus, player.video)
        campus.server.database().text("insert into courses.progress (user_id, video_id, date, start_time, open_start, first_start) "
                                      f"values ({who.who.id}, {who.video}, date '{utc_today()}' - 1, '23:59:00', '23:59:00', '23:59:00')")
        return [who.recorded(end_time="00:01:00")["watch_time"], who.recorded(end_time="00:01:00")["watch_time"],
                who.rows()[1]["watch_time"], who.today()["total_time"]]

    assert on_one_day(attempt) == ["00:02:00", "00:02:00", None, "00:02:00"]


# --- at once (section 8.6)


def at_once(*calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        return [made.result() for made in [pool.submit(call) for call in calls]]


def test_parallel_first_plays_make_one_row(campus, videos):
    for _ in range(6):
        player = Player(campus, videos[0])
        answers = at_once(*[lambda p=player: p.recorded(start_time="10:00:00")] * 10)
        assert len({answer["id"] for answer in answers}) == 1 and len(player.rows()) == 1
        assert len(ok(campus.api.get("/attendance/me", token=player.who.token))) == 1


def test_parallel_pauses_on_different_videos_lose_nothing(campus, videos):
    who = campus.student()
    players = [Player(campus, video, who) for video in videos]
    at_once(*[lambda p=player: p.recorded(start_time="10:00:00") for player in players])
    at_once(*[lambda p=player, n=n: p.recorded(end_time=f"10:00:{10 + n}") for n, player in enumerate(players)])
    assert players[0].today()["total_time"] == f"00:01:{sum(10 + n for n in range(6)) - 60:02d}"


def test_parallel_retries_of_one_pause_count_once(campus, videos):
    player = Player(campus, videos[0])
    player.recorded(start_time="10:00:00")
    answers = at_once(*[lambda: player.recorded(end_time="10:00:40", watchtime_seconds=40)] * 8)
    assert {answer["watch_time"] for answer in answers} == {"00:00:40"} and player.today()["total_time"] == "00:00:40"


def test_a_day_has_24_hours_over_all_videos(campus, videos):
    who = campus.student()
    at_once(*[lambda v=video: Player(campus, v, who).recorded(watchtime_seconds=43200) for video in videos])
    assert Player(campus, videos[0], who).today()["total_time"] == "24:00:00"


# --- attendance (section 9)


def test_nothing_yet_today(campus):
    who = campus.student()
    for person in (who, campus.admin):
        today = ok(campus.api.get("/attendance/today", token=person.token))
        assert today == {"id": 0, "user_id": person.id, "date": today["date"], "total_time": "00:00:00", "status": "absent"}
    assert ok(campus.api.get("/attendance/me", token=who.token)) == []


def test_the_threshold_counts_itself(campus, videos):
    player = Player(campus, videos[0])
    player.recorded(start_time="10:00:00")
    assert (player.today()["total_time"], player.today()["status"]) == ("00:00:00", "absent")
    player.recorded(end_time="10:00:29")
    assert player.today()["status"] == "absent"
    Player(campus, videos[1], player.who).recorded(watchtime_seconds=1)
    today = player.today()
    assert (today["total_time"], today["status"]) == ("00:00:30", "present") and today["id"] > 0
    assert ok(campus.api.get("/attendance/me", token=player.who.token)) == [today]


@pytest.mark.parametrize("options, environment, seconds", [(["--courses-present-from", 10], {}, 10), ([], {"MINIMUM_ATTENDANCE_SECONDS": "120"}, 120)])
def test_the_threshold_is_configuration(start_campus, options, environment, seconds):
    own = start_campus(*options, environment=environment)
    player = Player(own, own.course(1)[1][0]["id"])
    player.recorded(watchtime_seconds=seconds - 1)
    assert player.today()["status"] == "absent"
    player.recorded(watchtime_seconds=1)
    assert player.today()["status"] == "present"


def test_an_admin_reads_the_days_of_a_person(campus, player):
    today = player.recorded(watchtime_seconds=45)["date"]
    campus.server.database().text("insert into courses.attendance (user_id, date, status, total_time) "
                                  f"values ({player.who.id}, '2025-01-02', 'present', '10:00:00'), ({player.who.id}, '2025-03-04', 'absent', '1 day')")
    days = ok(campus.api.get(f"/attendance/user/{player.who.id}", token=campus.admin.token))
    assert [(day["date"], day["total_time"], day["status"]) for day in days] == [
        (today, "00:00:45", "present"), ("2025-03-04", "24:00:00", "absent"), ("2025-01-02", "10:00:00", "present")]
    assert all(set(day) == {"id", "user_id", "date", "total_time", "status"} for day in days)
    assert ok(campus.api.get("/attendance/me", token=player.who.token)) == days
    for who in (player.who, campus.student()):
        refused(campus.api.get(f"/attendance/user/{player.who.id}", token=who.token), 403, "Only admins can view other users' attendance")


def test_an_admin_reads_the_day_of_everybody(campus, videos):
    one, other, idle = Player(campus, videos[0]), Player(campus, videos[0]), campus.student()
    rows = on_one_day(lambda: (one.recorded(watchtime_seconds=20), other.recorded(watchtime_seconds=40),
                               ok(campus.api.get(f"/attendance/date/{utc_today()}", token=campus.admin.token)))[2])
    seen = {row["user_id"]: row["status"] for row in rows}
    assert seen[one.who.id] == "absent" and seen[other.who.id] == "present" and idle.id not in seen
    assert [row["user_id"] for row in rows] == sorted(row["user_id"] for row in rows)
    refused(campus.api.get("/attendance/date/2026-01-01", token=one.who.token), 403, "Only admins can view attendance by date")
    refused(campus.api.get("/attendance/date/2026-01-01"), 401, "Not authenticated")


def test_past_days_show_who_never_started_and_write_nothing(campus, videos):
    old, young = campus.student(), campus.student()
    database = campus.server.database()
    database.text(f"update account.users set created_at = '2024-05-05 12:00' where user_id = {old.id}")
    before = database.one("select count(*) as n from courses.attendance")["n"]
    day = lambda date: {row["user_id"]: row for row in ok(campus.api.get(f"/attendance/date/{date}", token=campus.admin.token))}
    absent = {"id": 0, "user_id": old.id, "date": "2024-05-05", "total_time": "00:00:00", "status": "absent"}
    assert day("2024-05-05")[old.id] == absent and young.id not in day("2024-05-05")
    assert old.id not in day("2024-05-04") and campus.admin.id not in day("2024-06-01")
    assert database.one("select count(*) as n from courses.attendance")["n"] == before


@pytest.mark.parametrize("date", ["2999-01-01", "9999-12-31", "1900-01-01"])
def test_days_without_anybody(campus, date):
    assert ok(campus.api.get(f"/attendance/date/{date}", token=campus.admin.token)) == []


@pytest.mark.parametrize("date", ["x", "2026-02-30", "2026-13-01", "2026-00-10", "2025-02-29", "26-01-01", "2026-1-1", "2026/01/01", "20260101", "0000-01-01",
                                  "10000-01-01", "2026-01-01T00:00:00", "today", "1"])
def test_days_that_are_none(campus, date):
    answer = campus.api.get(f"/attendance/date/{date}", token=campus.admin.token)
    assert answer.status in (400, 404) and isinstance(answer.detail, str), answer
    assert answer.status == 400 or "/" in date


@pytest.mark.parametrize("zone, hours", [("Pacific/Kiritimati", 14), ("Pacific/Pago_Pago", -11)])
def test_the_day_begins_in_the_configured_zone(start_campus, zone, hours):
    own = start_campus("--courses-day-zone", zone)
    day = lambda: (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).date().isoformat()
    before = day()
    shown = ok(own.api.get("/attendance/today", token=own.student().token))["date"]
    recorded = Player(own, own.course(1)[1][0]["id"]).recorded(watchtime_seconds=1)["date"]
    assert before <= shown <= recorded <= day()


def test_a_zone_that_is_none_stops_the_start(start_server):
    with pytest.raises(AssertionError, match="courses-day-zone"):
        start_server("--courses-day-zone", "Nowhere/Else")
