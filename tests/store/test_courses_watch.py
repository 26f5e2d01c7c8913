"""Watch time (courses contract, section 8): the function courses.watch against a model written from the contract's table, over random
players, days and midnights; and in parallel, where only the sums can be known."""
import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))

from launch import Cluster, binary, run  # noqa: E402

SESSION_MOST, DAY_MOST = 12 * 3600, 24 * 3600
DAYS = ("2026-02-03", "2026-02-04", "2026-02-05")
VIDEOS = 3
SEQUENCES, STEPS = 240, 14


def seconds(clock):
    h, m, s = map(int, clock.split(":"))
    return 3600 * h + 60 * m + s


def clock_of(n):
    return f"{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}"


class Row:
    def __init__(self, opened=None):
        self.start = self.end = self.watched = None
        self.opened = opened


class Model:
    """One person. The numbers are those of the table in section 8.1."""

    def __init__(self, present_from):
        self.present_from, self.rows, self.totals, self.status = present_from, {}, {}, {}

    def credit(self, day, row, amount):
        amount = max(0, min(amount, SESSION_MOST, DAY_MOST - self.totals[day]))
        if amount:
            row.watched = (row.watched or 0) + amount
            self.totals[day] += amount
            if self.totals[day] >= self.present_from:
                self.status[day] = "present"

    def elapsed(self, opened, end):
        return (seconds(end) - seconds(opened)) % 86400

    def post(self, video, day, play, pause, stated):
        if day not in self.totals:
            self.totals[day] = 0
            self.status[day] = "present" if self.present_from <= 0 else "absent"
        row = self.rows.get((video, day))
        if row is None:
            yesterday = self.rows.get((video, day - 1))
            row = self.rows[video, day] = Row(yesterday.opened if yesterday else None)  # 8.4
        if play is not None:  # 1, 2, 3
            row.start = row.opened = play
        if pause is not None:
            self.pause(day, row, pause, stated)
        elif stated is not None:  # 11
            self.credit(day, row, stated)
            row.opened = play
        return row

    def pause(self, day, row, pause, stated):
        if row.opened is None and pause == row.end:  # 7
            return
        if row.opened is not None:  # 4, 5
            possible = self.elapsed(row.opened, pause)
            self.credit(day, row, possible if stated is None else min(stated, possible))
        elif stated is not None:  # 6, 8; without it 9
            self.credit(day, row, stated)
        row.end, row.opened = pause, None


def random_request(chance, last):
    """A play, a pause, both, seconds alone, or the last one again."""
    if last and chance.random() < 0.15:
        return last
    marks = [0, 1, 10, 3600, 36000, 43200, 43201, 50400, 86000, 86399]
    time = lambda: clock_of(chance.choice(marks + [chance.randrange(86400)]))
    stated = chance.choice([None, None, 0, 1, 20, 330, 20000, 43200, 43201, 2**31 - 1])
    kind = chance.choice(["play"] * 4 + ["pause"] * 5 + ["both", "alone"])
    play = time() if kind in ("play", "both") else None
    pause = time() if kind in ("pause", "both") else None
    if kind == "alone":
        stated = stated or 0
    return play, pause, None if kind == "play" else stated


def quoted(value):
    return "null" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def ask(person, video, day, request, present_from):
    return (f"select (courses.watch({person}, {video}, '{DAYS[day]}', "
            f"{', '.join(map(quoted, request))}, {present_from})).id is not null;\n")


def look(person, video, day):
    return ("select json_build_object('start', start_time, 'end', end_time, 'watched', extract(epoch from watch_time), 'open', open_start, "
            "'total', extract(epoch from total_time), 'status', status) "
            f"from courses.progress p join courses.attendance a using (user_id, date) "
            f"where user_id = {person} and video_id = {video} and date = '{DAYS[day]}';\n")


@pytest.fixture(scope="module")
def database():
    cluster = Cluster()
    try:
        migrated = run(binary(), "migrate", "up", "--database-url", cluster.url())
        assert migrated.returncode == 0, migrated.stderr
        yield cluster.database
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def videos(database):
    added = database.text("with c as (insert into courses.course (course_title) values ('A course') returning id) "
                          "insert into courses.course_video (course_id, position, title, youtube_id) "
                          f"select id, n, 'Video ' || n, 'abcdefghij' || n from c, generate_series(1, {VIDEOS}) n returning id")
    return [int(line) for line in added.splitlines()]


def script(database, text):
    done = subprocess.run(database.arguments, input=text, capture_output=True, text=True, timeout=120, check=False, cwd="/")
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@pytest.fixture
def person(database):
    return new_person(database)


def new_person(database):
    return int(database.text("insert into account.users (name) values ('Somebody') returning user_id"))


def test_random_players_earn_what_the_model_says(database, videos):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    text, expected = [], []
    for number in range(SEQUENCES):
        present_from = chance.choice([0, 1, 30, 120, 10800])
        person = new_person(database) if number == 0 else person + 1
        if number:
            text.append("insert into account.users (name) values ('Somebody');\n")
        model, day, last = Model(present_from), 0, None
        for _ in range(STEPS):
            day = min(len(DAYS) - 1, day + (chance.random() < 0.12))
            video, request = chance.randrange(VIDEOS), random_request(chance, last)
            last = request
            text.append(ask(person, videos[video], day, request, present_from) + look(person, videos[video], day))
            row = model.post(video, day, *request)
            expected.append((number, request, {"start": row.start, "end": row.end, "watched": row.watched, "open": row.opened,
                                               "total": model.totals[day], "status": model.status[day]}))
    answers = script(database, "".join(text))
    assert answers[0::2] == ["t"] * len(expected)
    for (number, request, wanted), got in zip(expected, answers[1::2]):
        assert json.loads(got) == wanted, f"player {number}, {request}"
    sums = database.one("select count(*) as n from (select user_id, date, sum(watch_time) as s from courses.progress group by 1, 2) p "
                        "join courses.attendance using (user_id, date) where coalesce(s, '0') <> total_time")
    assert sums["n"] == 0


WORKED = [
    ([("14:30:00", None, None)], None),
    ([("14:30:00", None, None), (None, "14:35:30", 330)], "00:05:30"),
    ([("14:30:00", None, None), (None, "14:35:30", 330), ("14:40:00", None, None), (None, "14:41:00", 60)], "00:06:30"),
    ([("10:00:00", None, None), ("10:30:00", None, None), (None, "10:30:20", 20)], "00:00:20"),
    ([("10:00:00", None, None), ("10:30:00", None, None), (None, "10:30:20", None)], "00:00:20"),
    ([("23:58:00", None, None), (None, "00:03:00", 300)], "00:05:00"),
    ([("23:58:00", None, None), (None, "00:03:00", None)], "00:05:00"),
    ([("10:00:00", None, None), (None, "10:00:10", 20000)], "00:00:10"),
    ([("10:00:00", None, None), (None, "10:05:30", 330), (None, "10:05:30", 330)], "00:05:30"),
    ([("10:00:00", None, None), (None, "10:00:50", 50), ("10:01:00", None, None), (None, "10:01:45", 45), ("11:00:00", None, None),
      (None, "12:00:30", 3630)], "01:02:05"),
    ([("10:00:00", None, None), (None, "09:59:59", None)], "12:00:00"),
    ([(None, None, 43200), (None, None, 43200), (None, None, 43200)], "24:00:00"),
]


@pytest.mark.parametrize("requests, watched", WORKED)
def test_worked_examples(database, videos, person, requests, watched):
    script(database, "".join(ask(person, videos[0], 0, request, 30) for request in requests))
    row = database.one(f"select courses.hms(watch_time) as w from courses.progress where user_id = {person}")
    assert row["w"] == watched


def test_a_session_over_the_servers_midnight_counts_once(database, videos, person):
    ask_on = lambda day, *request: script(database, ask(person, videos[0], day, request, 30))
    ask_on(0, "23:59:50", None, None)
    ask_on(1, None, "00:00:20", None)
    ask_on(1, None, "00:00:21", None)  # no play: nothing more
    rows = database.rows("select date, start_time, end_time, extract(epoch from watch_time) as w from courses.progress "
                         f"where user_id = {person} order by date")
    assert [(r["start_time"], r["end_time"], r["w"]) for r in rows] == [("23:59:50", None, None), (None, "00:00:21", 30)]


def test_an_unknown_video_leaves_nothing(database, person):
    assert script(database, ask(person, 2**31 - 1, 0, ("10:00:00", None, None), 30)) == ["f"]
    assert database.one(f"select count(*) as n from courses.attendance where user_id = {person}")["n"] == 0


def test_deleting_a_course_keeps_the_days_total(database, person):
    course = int(database.text("insert into courses.course (course_title) values ('Gone') returning id"))
    video = int(database.text("insert into courses.course_video (course_id, position, title, youtube_id) "
                              f"values ({course}, 1, 'Gone', 'abcdefghijk') returning id"))
    script(database, ask(person, video, 0, (None, None, 600), 30))
    database.text(f"delete from courses.course where id = {course}")
    assert database.one(f"select count(*) as n from courses.progress where user_id = {person}")["n"] == 0
    day = database.one(f"select extract(epoch from total_time) as t, status from courses.attendance where user_id = {person}")
    assert day == {"t": 600, "status": "present"}


def at_once(database, texts):
    with ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(lambda text: script(database, text), texts))


def test_parallel_first_plays_make_one_row(database, videos):
    for _ in range(12):
        person = new_person(database)
        at_once(database, [ask(person, videos[0], 0, ("10:00:00", None, None), 30)] * 8)
        rows = database.one(f"select (select count(*) from courses.progress where user_id = {person}) as p, "
                            f"(select count(*) from courses.attendance where user_id = {person}) as a")
        assert rows == {"p": 1, "a": 1}


def test_parallel_pauses_lose_nothing(database, videos, person):
    """Three videos, three sessions each over and over: the day's total is the sum."""
    def player(video):
        return "".join(ask(person, video, 0, ("10:00:00", None, None), 30) + ask(person, video, 0, (None, f"10:00:{n:02d}", None), 30)
                       for n in range(1, 31))

    at_once(database, [player(video) for video in videos])
    sums = database.one("select extract(epoch from sum(watch_time)) as s, (select extract(epoch from total_time) from courses.attendance "
                        f"where user_id = {person}) as t from courses.progress where user_id = {person}")
    assert sums == {"s": 3 * 465, "t": 3 * 465}


def test_parallel_first_pauses_share_one_day(database, videos):
    """Each alone could be twelve hours; together they are a day, not more."""
    for _ in range(8):
        person = new_person(database)
        at_once(database, [ask(person, video, 0, (None, "12:00:00", 43200), 30) for video in videos])
        sums = database.one("select extract(epoch from sum(watch_time)) as s, (select extract(epoch from total_time) from "
                            f"courses.attendance where user_id = {person}) as t from courses.progress where user_id = {person}")
        assert sums == {"s": DAY_MOST, "t": DAY_MOST}


def test_a_course_deleted_under_its_players_is_no_error(database, person):
    for _ in range(6):
        course = int(database.text("insert into courses.course (course_title) values ('Going') returning id"))
        video = int(database.text("insert into courses.course_video (course_id, position, title, youtube_id) "
                                  f"values ({course}, 1, 'Going', 'abcdefghijk') returning id"))
        plays = "".join(ask(person, video, n % 3, ("10:00:00", None, None), 30) for n in range(30))
        at_once(database, [plays, plays, f"delete from courses.course where id = {course};\n"])
        assert database.one(f"select count(*) as n from courses.progress where video_id = {video}")["n"] == 0
