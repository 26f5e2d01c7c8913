"""Who hears audio where everybody has to say who they are: signed addresses for players, which send nothing else, and tokens.
Identity legacy, where audio is open: test_audio.py."""
import hashlib
import hmac
import time
from urllib.parse import parse_qs, urlsplit

import pytest

import sounds
from classroom import SECRET, ok, person, refused
from client import Stream, file_form

SONG = sounds.wav(1.5)
FORBIDDEN = "Only its owner and the people of a session that has played it may hear this audio"


@pytest.fixture(scope="module")
def strict(start_module_server):
    return start_module_server("--identity", "token", environment={"JWT_SECRET": SECRET})


@pytest.fixture(scope="module")
def api(strict):
    return strict.api


class Class:
    """A teacher with a song, a session, and a student in it."""

    def __init__(self, api):
        self.api, self.teacher, self.student = api, person(api, "teacher"), person(api, "student")
        self.song = self.upload()
        self.id = ok(api.post("/sessions", token=self.teacher.token, json={"title": "A class"}))["session_id"]
        self.participant = ok(api.post(f"/sessions/{self.id}/join", token=self.student.token))["participant_id"]

    def upload(self):
        kind, body = file_form({"title": "An air"}, "file", "air.wav", "audio/wav", SONG)
        return ok(self.api.post("/audio/upload", token=self.teacher.token, body=body, content_type=kind))

    def get(self, path, who=None):
        return self.api.get(f"/sessions/{self.id}{path}", token=who and who.token)

    def select(self, song=None):
        return ok(self.api.post(f"/sessions/{self.id}/audio/select", token=self.teacher.token,
                                query={"audio_id": (song or self.song)["audio_id"]}))

    def control(self, action, **more):
        return ok(self.api.post(f"/sessions/{self.id}/audio/control", token=self.teacher.token, json={"action": action, **more}))

    def hear(self, who=None, song=None, **more):
        return self.api.get(f"/audio/{(song or self.song)['audio_id']}/stream", token=who and who.token, **more)


@pytest.fixture
def lesson(api):
    return Class(api)


def player(api, url, headers=None, method="GET"):
    """What a player does: it opens the address."""
    return api.call(method, "/" + url, headers=headers)


def is_signed(url, song):
    address = urlsplit(url)
    query = parse_qs(address.query)
    assert address.path == f"audio/{song['audio_id']}/stream" and set(query) == {"expires", "signature"}
    assert 12 * 3600 <= int(query["expires"][0]) - time.time() <= 13 * 3600 + 5
    return True


def signed(song, expires, secret=SECRET):
    key = hmac.new(secret.encode(), b"lectern signed url key 1", hashlib.sha256).digest()
    signature = hmac.new(key, f"audio/{song['audio_id']}\n{expires}".encode(), hashlib.sha256).hexdigest()
    return f"audio/{song['audio_id']}/stream?expires={expires}&signature={signature}"


# --- signed addresses

def test_answers_name_the_address(api, lesson):
    assert is_signed(lesson.song["stream_url"], lesson.song)
    rows = ok(api.get("/audio/list", token=lesson.teacher.token))
    assert [is_signed(row["stream_url"], row) for row in rows] == [True] and rows[0]["title"] == "An air"
    assert ok(api.get("/audio/list", token=lesson.student.token)) == []


def test_a_player_opens_it(api, lesson):
    url = lesson.song["stream_url"]
    for address in (url, url.replace("/stream?", "/play?"), "m/classroom/" + url):
        answer = player(api, address)
        assert (answer.status, answer.body) == (200, SONG)
    answer = player(api, url, {"Range": "bytes=10-19"})
    assert (answer.status, answer.body, answer.header("content-range")) == (206, SONG[10:20], f"bytes 10-19/{len(SONG)}")
    assert player(api, url, method="HEAD").header("content-length") == str(len(SONG))
    assert player(api, url, {"If-None-Match": answer.header("etag")}).status == 304
    assert "private" in answer.header("cache-control")
    assert player(api, url, {"Origin": "https://app.example"}).status == 200


def test_no_other_address_opens(api, lesson):
    url, other = lesson.song["stream_url"], lesson.upload()
    soon, past = int(time.time()) + 60, int(time.time()) - 1
    assert player(api, signed(lesson.song, soon)).status == 200
    wrong = [f"audio/{lesson.song['audio_id']}/stream", url.split("&")[0], url[:-1], url[:-1] + ("0" if url[-1] != "0" else "1"),
             url.upper().replace("AUDIO", "audio").replace("STREAM", "stream").replace("EXPIRES", "expires"),
             url.replace(f"audio/{lesson.song['audio_id']}/", f"audio/{other['audio_id']}/"),
             url.replace("expires=", "expires=9"), signed(lesson.song, past), signed(lesson.song, soon, "another" + SECRET),
             url + "&signature=" + "0" * 64, url + "&expires=1", url.replace("signature=", "signature=x")]
    for address in wrong:
        answer = player(api, address)
        assert (answer.status, answer.detail) == (401, "Not authenticated"), address
        assert answer.header("content-type").startswith("application/json")
    refused(player(api, signed({"audio_id": 2_000_000_000}, soon)), 404, "Audio not found")


def test_a_bare_user_id_opens_nothing(api, lesson):
    assert api.get(f"/audio/{lesson.song['audio_id']}/stream", lesson.teacher).status == 401
    assert api.get(f"/sessions/{lesson.id}/state", lesson.teacher).status == 401


def test_who_may_know_the_address_of_what_plays(lesson):
    lesson.select()
    stranger = person(lesson.api, "student")
    for who in (lesson.teacher, lesson.student):
        assert is_signed(ok(lesson.get("/audio/state", who))["stream_url"], lesson.song)
    assert "stream_url" not in ok(lesson.get("/audio/state", stranger))
    ok(lesson.api.delete(f"/sessions/{lesson.id}/participants/{lesson.participant}", token=lesson.teacher.token))
    assert "stream_url" not in ok(lesson.get("/audio/state", lesson.student))


def snapshot(stream):
    return stream.expect("connected", "session_state")[1].data


def test_snapshots_and_the_teachers_answers_name_it(lesson):
    with Stream(lesson.api, lesson.id, token=lesson.student.token) as stream:
        assert "stream_url" not in snapshot(stream)["playback"], "nothing is selected"
        lesson.select()
        assert "stream_url" not in stream.expect("audio_selected").data, "events are kept"
    assert is_signed(lesson.control("play", position=0.0)["playback"]["stream_url"], lesson.song)
    with Stream(lesson.api, lesson.id, token=lesson.student.token) as stream:
        url = snapshot(stream)["playback"]["stream_url"]
    assert is_signed(url, lesson.song) and player(lesson.api, url).body == SONG


def test_no_signature_is_kept(strict, lesson):
    lesson.select()
    lesson.control("play", position=0.0)
    lesson.control("seek", position=1.0)
    database = strict.database()
    for table in ("logs", "events", "playback_state", "audio_files"):
        assert database.text(f"select count(*) from {table} t where t::text like '%signature%'") == "0"
    assert "signature" not in strict.stderr()


# --- tokens

def test_who_may_hear_by_token(lesson):
    stranger, teacher = person(lesson.api, "student"), person(lesson.api, "teacher")
    assert lesson.hear(lesson.teacher).body == SONG
    for who in (lesson.student, stranger, teacher):
        refused(lesson.hear(who), 403, FORBIDDEN)  # nobody has played it yet
    lesson.select()
    answer = lesson.hear(lesson.student, headers={"Range": "bytes=0-3"})
    assert (answer.status, answer.body) == (206, SONG[:4])
    assert answer.header("cache-control") == "private, no-cache"
    for who in (stranger, teacher):
        refused(lesson.hear(who), 403, FORBIDDEN)
    assert lesson.hear().status == 401


def test_what_was_played_may_still_be_heard(lesson):
    second, third = lesson.upload(), lesson.upload()
    lesson.select(second)
    lesson.select()
    lesson.control("play", position=0.0)
    lesson.select(third)
    assert lesson.hear(lesson.student).status == 200
    assert lesson.hear(lesson.student, third).status == 200
    refused(lesson.hear(lesson.student, second), 403, FORBIDDEN)  # it was shown, and never played
    ok(lesson.api.delete(f"/sessions/{lesson.id}", token=lesson.teacher.token))
    assert lesson.hear(lesson.student).status == 200


def test_whoever_was_removed_may_not(lesson):
    lesson.select()
    lesson.control("play", position=0.0)
    assert lesson.hear(lesson.student).status == 200
    ok(lesson.api.delete(f"/sessions/{lesson.id}/participants/{lesson.participant}", token=lesson.teacher.token))
    refused(lesson.hear(lesson.student), 403, FORBIDDEN)
    refused(lesson.get("/state", lesson.student), 403, "You are not a participant in this session")


# --- the state of a session

def test_who_may_see_a_session(api, lesson):
    stranger = person(api, "student")
    for who in (lesson.teacher, lesson.student):
        state = ok(lesson.get("/state", who))
        assert [one["user_id"] for one in state["participants"]] == [lesson.student.id]
    for who in (stranger, person(api, "teacher")):
        refused(lesson.get("/state", who), 403, "You are not a participant in this session")
    refused(lesson.get("/state"), 401, "Not authenticated")
    refused(api.get("/sessions/2000000000/state", token=stranger.token), 404, "Session not found")


def test_the_document_says_who(api):
    paths = ok(api.get("/m/classroom/openapi.json"))["paths"]
    for path in ("/audio/{audio_id}/stream", "/audio/{audio_id}/play", "/sessions/{session_id}/state"):
        assert paths[path]["get"]["x-caller"] == "known" and "401" in paths[path]["get"]["responses"]


def test_the_document_of_an_open_server_says_so(shared):
    paths = ok(shared.api.get("/m/classroom/openapi.json"))["paths"]
    for path in ("/audio/{audio_id}/stream", "/audio/{audio_id}/play", "/sessions/{session_id}/state"):
        assert paths[path]["get"]["x-caller"] == "anyone" and "401" not in paths[path]["get"]["responses"]
