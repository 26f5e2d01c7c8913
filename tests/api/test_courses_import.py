"""Courses contract, sections 5.2 and 6: a course from a playlist, by a YouTube Data API of our own that speaks the real protocol."""
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

import youtube as yt
from classroom import ok, refused
from courses import KEY, Campus, address

NO_ANSWER = "YouTube gave no usable answer, try again later"
NOT_FOUND = "Playlist not found or not public"
BAD_KEY = "YouTube does not accept the API key of this server"
NO_QUOTA = "The YouTube quota of this server is used up, try again later"


@pytest.fixture(autouse=True)
def youtube(campus):
    yield campus.youtube
    campus.youtube.forget()


def load_url(campus, url, **more):
    return campus.api.post("/videos/youtube-playlist", token=campus.admin.token, json={"playlist_url": url}, **more)


def titles_of(campus, course):
    return [video["title"] for video in ok(campus.api.get(f"/videos/course/{course['id']}"))]


def durations_of(campus, course):
    rows = campus.server.database().rows("select extract(epoch from duration)::int as d from courses.course_video "
                                         f"where course_id = {course['id']} order by position")
    return [row["d"] for row in rows]


# --- what is made


@pytest.mark.parametrize("count, pages", [(1, 1), (5, 1), (6, 1), (50, 1), (51, 2), (120, 3)])
def test_a_whole_playlist_comes_in_its_order(campus, youtube, count, pages):
    playlist = youtube.add(count, "All of it")
    course = ok(campus.load(playlist))
    assert course == {"id": course["id"], "course_title": "All of it", "link": address(playlist)}
    videos = ok(campus.api.get(f"/videos/course/{course['id']}"))
    assert [video["title"] for video in videos] == [f"Video {n}" for n in range(1, count + 1)]
    assert [video["video_link"][-11:] for video in videos] == [item.video for item in youtube.playlists[playlist].items]
    assert [video["id"] for video in videos] == sorted(video["id"] for video in videos)
    assert len(youtube.calls("playlistItems")) == pages and len(youtube.calls("playlists")) == 1
    assert {call[1]["maxResults"] for call in youtube.calls("playlistItems")} == {"50"}
    assert course in ok(campus.api.get("/courses"))


def test_unplayable_items_are_left_out(campus, youtube):
    playlist = youtube.add([yt.Item("One"), yt.Item("x", "private"), yt.Item("Two", "unlisted"), yt.Item("y", "gone"),
                            yt.Item("Private video"), yt.Item("Deleted video", "unlisted")])
    assert titles_of(campus, ok(campus.load(playlist))) == ["One", "Two", "Private video", "Deleted video"]


def test_durations_are_kept(campus, youtube):
    playlist = youtube.add([yt.Item("a", duration="PT45S"), yt.Item("b", duration="PT1H2M3S"), yt.Item("c", duration="P1DT0H0M1S"),
                            yt.Item("live", duration="P0D"), yt.Item("odd", duration="soon")])
    assert durations_of(campus, ok(campus.load(playlist))) == [45, 3723, 86401, None, None]


def test_durations_of_more_than_a_page(campus, youtube):
    course = ok(campus.load(youtube.add([yt.Item(f"{n}", duration=f"PT{n}S") for n in range(1, 121)])))
    assert durations_of(campus, course) == list(range(1, 121))
    assert [len(call[1]["id"].split(",")) for call in youtube.calls("videos")] == [50, 50, 20]
    assert {call[1]["part"] for call in youtube.calls("videos")} == {"contentDetails,status"}


@pytest.mark.parametrize("step", [yt.quota(), yt.backend(), yt.HTML, yt.CUT_OFF, "drop"], ids=repr)
def test_without_durations_the_course_is_whole(campus, youtube, step):
    youtube.steps(videos=[step] * 5)
    course = ok(campus.load(youtube.add(3)))
    assert len(titles_of(campus, course)) == 3 and durations_of(campus, course) == [None] * 3


def test_videos_that_a_page_cannot_show_are_left_out(campus, youtube):
    """And those that look so and are not; whether they may be shown is asked in the same calls as their durations."""
    items = [yt.Item("elsewhere only", embeddable=False), yt.Item("1"), yt.Item("adults", rating="ytAgeRestricted"), yt.Item("2", rating="other"),
             yt.Item("failed", upload="failed"), yt.Item("rejected", upload="rejected"), yt.Item("deleted", upload="deleted"),
             yt.Item("3", upload="uploaded", duration="P0D"), yt.Item("nowhere", allowed=[]), yt.Item("4", allowed=["DE"]),
             yt.Item("gone since", silent=True), yt.Item("5", "unlisted")]
    youtube.forget()
    course = ok(campus.load(youtube.add(items)))
    assert titles_of(campus, course) == ["1", "2", "3", "4", "5"]
    assert [call[0] for call in youtube.calls()] == ["playlists", "playlistItems", "videos"]


def test_a_playlist_of_which_nothing_can_be_shown(campus, youtube):
    before = campus.size()
    refused(campus.load(youtube.add([yt.Item("x", embeddable=False)] + [yt.Item("y", rating="ytAgeRestricted") for _ in range(60)])),
            400, "No videos found in playlist")
    assert campus.size() == before


def test_those_left_out_may_be_on_any_page(campus, youtube):
    items = [yt.Item(f"{n}", embeddable=n % 3 > 0, rating="ytAgeRestricted" if n % 5 == 0 else None) for n in range(120)]
    course = ok(campus.load(youtube.add(items)))
    assert titles_of(campus, course) == [f"{n}" for n in range(120) if n % 3 and n % 5]


def test_titles_come_back_byte_for_byte(campus, youtube):
    titles = ['"quoted" \\ and \'single\'', "<script>alert(1)</script> & more", "\U0001f600\U0001f468‍\U0001f469‍\U0001f467", "שלום עולם", "tab\there",
              "' OR '1'='1"]
    course = ok(campus.load(youtube.add([yt.Item(title) for title in titles], titles[0])))
    assert course["course_title"] == titles[0] and titles_of(campus, course) == titles


def test_long_titles_are_cut(campus, youtube):
    course = ok(campus.load(youtube.add([yt.Item("\U0001f600" * 300)], "ü" * 300)))
    assert course["course_title"] == "ü" * 255 and titles_of(campus, course) == ["\U0001f600" * 255]


def test_one_video_in_two_places_of_a_playlist(campus, youtube):
    once = yt.Item("Once")
    course = ok(campus.load(youtube.add([once, yt.Item("Between"), yt.Item("Again", video=once.video)])))
    videos = ok(campus.api.get(f"/videos/course/{course['id']}"))
    assert [video["title"] for video in videos] == ["Once", "Between", "Again"]
    assert videos[0]["video_link"] == videos[2]["video_link"] and videos[0]["id"] != videos[2]["id"]


def test_a_playlist_that_is_edited_meanwhile(campus, youtube):
    """An item is put in front between the pages: the last of page one comes again."""
    def shift(playlist, offset):
        if offset == 50 and len(playlist.items) == 60:
            playlist.items.insert(0, yt.Item("New"))

    youtube.shift = shift
    assert titles_of(campus, ok(campus.load(youtube.add(60)))) == [f"Video {n}" for n in range(1, 61)]


@pytest.mark.parametrize("leads_to", [50, 0])
def test_tokens_that_repeat_end_the_list(campus, youtube, leads_to):
    youtube.token_of = lambda offset: youtube.page_token(leads_to)
    assert titles_of(campus, ok(campus.load(youtube.add(160))))[:50] == [f"Video {n}" for n in range(1, 51)]
    assert len(youtube.calls("playlistItems")) <= 4


def test_importing_again_makes_another_course(campus, youtube):
    playlist = youtube.add(4)
    first, second = ok(campus.load(playlist)), ok(campus.load(playlist))
    assert first["id"] != second["id"] and len(titles_of(campus, first)) == len(titles_of(campus, second)) == 4


def test_imports_of_one_playlist_at_once_are_whole_courses(campus, youtube):
    playlist, admin = youtube.add(60), campus.admin
    with ThreadPoolExecutor(4) as pool:
        made = [ok(answer) for answer in pool.map(lambda _: campus.load(playlist, admin), range(4))]
    assert len({course["id"] for course in made}) == 4
    assert all(titles_of(campus, course) == [f"Video {n}" for n in range(1, 61)] for course in made)


# --- addresses


@pytest.mark.parametrize("form", [
    "https://www.youtube.com/playlist?list={}", "http://youtube.com/playlist?list={}", "m.youtube.com/playlist?list={}",
    "https://music.youtube.com/playlist?list={}&si=abc", "https://www.youtube.com/watch?v=abcdefghijk&list={}&index=2",
    "https://youtu.be/abcdefghijk?list={}", "www.youtu.be/abcdefghijk?t=5&list={}", "  https://WWW.YouTube.com/playlist?list={} \n",
    "https://www.youtube.com/playlist?list={}#top"])
def test_addresses_of_playlists(campus, youtube, form):
    playlist = youtube.add(1)
    assert ok(load_url(campus, form.format(playlist)))["link"] == address(playlist)


@pytest.mark.parametrize("url", [
    "", "   ", "hello", "PL0000000001", "https://www.youtube.com/", "https://www.youtube.com/watch?v=abcdefghijk",
    "https://www.youtube.com/playlist", "https://www.youtube.com/playlist?list=", "https://www.youtube.com/playlist?v=1#list=PL1",
    "https://vimeo.com/playlist?list=PL1", "https://youtube.com.evil.example/playlist?list=PL1", "https://evil.example/youtube.com/playlist?list=PL1",
    "https://youtube.com@evil.example/playlist?list=PL1", "https://user:pw@youtube.com/playlist?list=PL1",
    "https://www.youtube.com:8443/playlist?list=PL1", "file:///etc/passwd?list=PL1", "ftp://youtube.com/playlist?list=PL1",
    "http://127.0.0.1:1/playlist?list=PL1", "http://169.254.169.254/playlist?list=PL1", "javascript:alert(1)//youtube.com/playlist?list=PL1",
    "https://www.youtube.com/playlist?list=PL1%0d%0aHost:x", "https://www.youtube.com/playlist?list=PL1 x", "https://www.youtube.com/playlist?list=../x"])
def test_other_addresses_are_refused_before_anybody_is_asked(campus, youtube, url):
    answer = load_url(campus, url)
    assert answer.status == 400 and answer.detail.startswith("Invalid YouTube playlist URL"), answer
    assert youtube.calls() == []


@pytest.mark.parametrize("body", [{}, {"playlist_url": None}, {"playlist_url": 5}, {"playlist_url": ["x"]}, {"playlist_url": "x" * 5000},
                                  {"playlist_url": "a\0b"}])
def test_bodies_that_do_not_fit(campus, body):
    answer = campus.api.post("/videos/youtube-playlist", token=campus.admin.token, json=body)
    assert answer.status == 400 and "playlist_url" in answer.detail, answer


def test_only_admins_import(campus, youtube):
    playlist = youtube.add(1)
    refused(campus.load(playlist, campus.student()), 403, "Admin access required")
    refused(campus.api.post("/videos/youtube-playlist", json={"playlist_url": address(playlist)}), 401, "Not authenticated")
    refused(campus.api.post("/videos/youtube-playlist", token=campus.student().token, json={}), 403, "Admin access required")
    assert youtube.calls() == []


# --- what goes wrong, at every page; nothing is left behind


def test_playlists_that_are_not_there(campus, youtube):
    before = campus.size()
    refused(campus.load("PLnowhere"), 404, NOT_FOUND)
    refused(campus.load(youtube.add(3, private=True)), 404, NOT_FOUND)
    refused(campus.load(youtube.add([])), 400, "No videos found in playlist")
    refused(campus.load(youtube.add([yt.Item("x", "private"), yt.Item("y", "gone")])), 400, "No videos found in playlist")
    assert campus.size() == before


FAILURES = [
    (yt.invalid_key, 503, BAD_KEY), (yt.no_key, 503, BAD_KEY), (yt.blocked_key, 503, BAD_KEY), (yt.not_configured, 503, BAD_KEY),
    (yt.quota, 503, NO_QUOTA), (lambda: yt.quota("dailyLimitExceeded", "usageLimits"), 503, NO_QUOTA),
    (lambda: yt.quota("rateLimitExceeded", "usageLimits"), 503, NO_QUOTA),
    (lambda: yt.Refusal(404, "playlistNotFound", "youtube.playlistItem"), 404, NOT_FOUND),
    (lambda: yt.Refusal(403, "playlistItemsNotAccessible", "youtube.playlistItem"), 404, NOT_FOUND),
    (lambda: yt.Refusal(400, "invalidPageToken", "youtube.parameter"), 502, NO_ANSWER),
    (lambda: yt.backend(500), 502, NO_ANSWER), (lambda: yt.backend(503), 502, NO_ANSWER), (lambda: yt.HTML, 502, NO_ANSWER),
    (lambda: yt.HTML_OK, 502, NO_ANSWER), (lambda: yt.CUT_JSON, 502, NO_ANSWER), (lambda: yt.CUT_OFF, 502, NO_ANSWER),
    (lambda: "drop", 502, NO_ANSWER),
]


@pytest.mark.parametrize("step, status, words", FAILURES, ids=[f"{n}-{row[2][:20]}" for n, row in enumerate(FAILURES)])
@pytest.mark.parametrize("method, after", [("playlists", 0), ("playlistItems", 0), ("playlistItems", 2)])
def test_failures_by_reason_at_any_page(campus, youtube, step, status, words, method, after):
    before = campus.size()
    youtube.steps(**{method: [None] * after + [step()] * 10})  # each kept connection that breaks is tried again
    answer = campus.load(youtube.add(120))
    refused(answer, status, words)
    assert b"<" not in answer.body and KEY.encode() not in answer.body and b"127.0.0.1" not in answer.body
    assert campus.size() == before


def test_the_server_goes_on_after_failures(campus, youtube):
    youtube.steps(playlistItems=[yt.CUT_OFF, "drop", "drop"])  # a kept connection that breaks is tried again
    playlist = youtube.add(2)
    assert [campus.load(playlist).status for _ in range(3)] == [502, 502, 200]


def test_a_wrong_key_and_no_key(start_campus):
    wrong = start_campus(environment={"YOUTUBE_API_KEY": "wrong-key-0815"})
    refused(wrong.load(wrong.youtube.add(1)), 503, BAD_KEY)
    none = start_campus(environment={"YOUTUBE_API_KEY": ""})
    refused(none.load(none.youtube.add(1)), 503, "This server has no YouTube API key")
    assert load_url(none, "hello").status == 400
    assert none.youtube.calls() == []
    assert "wrong-key-0815" not in wrong.server.stderr()


def test_youtube_cannot_be_reached(start_campus):
    away = start_campus("--youtube-api-base-url", "http://127.0.0.1:1/youtube/v3/")
    refused(away.load("PL1"), 502, NO_ANSWER)
    ok(away.api.get("/m/courses/health"))  # health is not YouTube's


def test_the_key_is_in_no_log(start_campus):
    talkative = start_campus("--log-level", "debug")
    talkative.youtube.steps(playlistItems=[yt.quota(), yt.CUT_OFF, "drop", "drop"])
    playlist = talkative.youtube.add(1)
    assert [talkative.load(playlist).status for _ in range(4)] == [503, 502, 502, 200]
    assert KEY not in talkative.server.stderr()


# --- time


@pytest.fixture(scope="module")
def hasty(start_campus):
    """Each call may take a second, all of them two."""
    return start_campus("--youtube-call-time", 1, "--youtube-time", 2)


@pytest.mark.parametrize("method, after", [("playlists", 0), ("playlistItems", 0), ("playlistItems", 1)])
def test_no_answer_in_time(hasty, method, after):
    before = hasty.size()
    hasty.youtube.steps(**{method: [None] * after + ["hold"]})
    try:
        refused(hasty.load(hasty.youtube.add(120)), 504, "YouTube did not answer in time, try again later")
    finally:
        hasty.youtube.forget()
    assert hasty.size() == before


def test_all_calls_together_have_a_limit(start_campus):
    patient = start_campus("--youtube-call-time", 600, "--youtube-time", 1)
    patient.youtube.steps(playlistItems=["hold"])
    try:
        refused(patient.load(patient.youtube.add(1)), 504, "YouTube did not answer in time, try again later")
    finally:
        patient.youtube.forget()


def test_others_are_served_during_an_import(campus, youtube):
    youtube.steps(playlistItems=["hold"])
    playlist = youtube.add(3)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(campus.load, playlist)
        youtube.wait_held()
        for _ in range(20):  # on both workers
            ok(campus.api.get("/courses"))
            ok(campus.api.get("/auth/users/me", token=campus.admin.token))
        ok(campus.api.get("/health"))
        assert not slow.done()
        youtube.release()
        assert len(titles_of(campus, ok(slow.result()))) == 3


def test_imports_at_once_are_limited(start_campus):
    own = start_campus(workers=1)
    own.youtube.steps(playlists=["hold"] * 8)
    playlist = own.youtube.add(1)
    with ThreadPoolExecutor(8) as pool:
        slow = [pool.submit(own.load, playlist, own.admin) for _ in range(8)]
        for _ in slow:
            own.youtube.wait_held()
        assert own.load(playlist).status == 503
        own.youtube.release()
        assert [one.result().status for one in slow] == [200] * 8
    ok(own.load(playlist))


def test_a_client_that_leaves_leaves_no_course(start_campus):
    own = start_campus(workers=1)
    own.youtube.steps(playlistItems=["hold"])
    left = own.youtube.add(3)
    body = f'{{"playlist_url": "{address(left)}"}}'.encode()
    with own.api.connect() as connection:
        connection.send(b"POST /videos/youtube-playlist HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (own.admin.token.encode(), len(body), body))
        own.youtube.wait_held()
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset: nobody waits
    ok(own.api.get("/courses"))  # the one worker has seen the connection go before this one came
    own.youtube.release()
    ok(own.load(own.youtube.add(1)))  # and this import ends after the other
    assert own.size() == {"courses": 1, "videos": 1}


def test_stopping_during_an_import():
    own = Campus("--drain-time", 1).start()
    try:
        own.youtube.steps(playlistItems=["hold"])
        playlist = own.youtube.add(1)
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(lambda: own.load(playlist, own.admin))
            own.youtube.wait_held()
            own.server.terminate()
            own.server.wait()
            with pytest.raises(Exception):
                assert slow.result().status == 200
    finally:
        own.end()
