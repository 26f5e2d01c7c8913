"""Audio files: upload as a form that is never whole in memory, list, stream (classroom contract, section 5)."""
import os
import random
import re
import signal
import socket
import struct

import pytest

import sounds
from admin import Operator
from classroom import ABSENT, TOO_BIG, is_stamp, loc_of, ok, person, refused
from client import wait_until
from test_http import closed, connection_deadline

BOUNDARY = "a-boundary-of-the-tests"
NAME = re.compile(r"^[0-9a-f]{32}\.[a-z0-9]+$")
SONG = sounds.wav(1.5)


def part(name, value, file_name=None, kind=None):
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    head += f'; filename="{file_name}"' if file_name is not None else ""
    head += f"\r\nContent-Type: {kind}" if kind else ""
    return head.encode() + b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def song_part(content=SONG, name="song.wav", kind="audio/wav"):
    return part("file", content, name, kind)


def send_form(api, who, *parts, end=END, **more):
    return api.post("/audio/upload", who, body=b"".join(parts) + end,
                    content_type=f"multipart/form-data; boundary={BOUNDARY}", **more)


def upload(api, who, content=SONG, name="song.wav", kind="audio/wav", title="A song", description=None):
    fields = [part("title", title)] + ([part("description", description)] if description is not None else [])
    return send_form(api, who, *fields, song_part(content, name, kind))


def listed(api, who):
    return ok(api.get("/audio/list", who))


def stream(api, audio_id, headers=None, method="GET", path="stream"):
    return api.call(method, f"/audio/{audio_id}/{path}", headers=headers)


def folder(server):
    return f"{server.data}/audio"


def files(server):
    return sorted(os.listdir(folder(server)))


def await_nothing_new(server, before):
    """What was begun is gone again: uploads are removed soon after their end, not with it."""
    wait_until(lambda: files(server) == before, what="no file of a refused upload")


def await_part(server, size=1):
    def part_is_there():
        sizes = [os.path.getsize(f"{folder(server)}/{name}") for name in files(server) if name.endswith(".part")]
        return sizes and max(sizes) >= size
    wait_until(part_is_there, what="an unfinished file")


def head_of(who, length=None, *lines):
    """The head of an upload's request, for those who send its body by hand."""
    lines = [f"POST /audio/upload?user_id={who.id} HTTP/1.1", "Host: x",
             f"Content-Type: multipart/form-data; boundary={BOUNDARY}", *lines]
    lines += [f"Content-Length: {length}"] if length is not None else ["Transfer-Encoding: chunked"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


# --- an upload

def test_upload_answers_with_the_row(api, teacher):
    row = ok(upload(api, teacher, description="of birds"))
    assert set(row) == {"audio_id", "title", "description", "file_path", "mime_type", "uploaded_at"}
    assert isinstance(row["audio_id"], int)
    assert (row["title"], row["description"], row["mime_type"]) == ("A song", "of birds", "audio/wav")
    assert NAME.match(row["file_path"]) and row["file_path"].endswith(".wav"), "an opaque name, no path"
    assert is_stamp(row["uploaded_at"])


def test_description_may_be_left_out(api, teacher):
    assert ok(upload(api, teacher))["description"] == ""


def test_list_has_ones_own_newest_first(api, teacher):
    assert listed(api, teacher) == []
    ids = [ok(upload(api, teacher, title=f"Song {i}"))["audio_id"] for i in range(3)]
    ok(upload(api, person(api, "teacher")))
    rows = listed(api, teacher)
    assert [row["audio_id"] for row in rows] == ids[::-1]
    assert set(rows[0]) == {"audio_id", "title", "description", "file_path", "mime_type", "duration", "uploaded_by",
                            "uploaded_at"}
    assert rows[0]["uploaded_by"] == teacher.id and rows[0]["title"] == "Song 2"
    assert rows[0]["duration"] == 1.5
    assert listed(api, person(api, "student")) == []


def test_whole_seconds_are_floats(api, teacher):
    ok(upload(api, teacher, sounds.wav(2)))
    answer = api.get("/audio/list", teacher)
    assert re.search(rb'"duration" ?: ?2\.0', answer.body), answer


def test_upload_is_logged_for_no_session(server, api, teacher):
    row = ok(upload(api, teacher))
    logged = server.database().one(
        f"select session_id, user_id, event_type, event_details from logs where event_type = 'audio_uploaded' "
        f"and (event_details->>'audio_id')::int = {row['audio_id']}")
    assert (logged["session_id"], logged["user_id"]) == (None, teacher.id)
    details = logged["event_details"]
    assert set(details) == {"audio_id", "title", "file_path", "duration", "uploaded_at"}
    assert (details["title"], details["file_path"], details["duration"]) == ("A song", row["file_path"], 1.5)
    assert details["uploaded_at"] == row["uploaded_at"]


@pytest.mark.parametrize("ending,content,seconds", [
    ("wav", sounds.wav(0.25), 0.25),
    ("m4a", sounds.m4a(61.5), 61.5),
    ("m4a", sounds.fragmented(*(sounds.fragment(1, sounds.run_of(50, units=960)) for _ in range(3))), 3.0),
    ("webm", sounds.webm(12.25), 12.25),
    ("webm", sounds.recorded(*(sounds.cluster(i * 1000, sounds.simple(980)) for i in range(4))), 3.02),
    ("webm", sounds.webm(known=False), None),
    ("mp3", sounds.mp3(60, 320) + sounds.mp3(940, 32), round(sounds.mp3_seconds(1000), 6)),
    ("ogg", sounds.wav(3), 3),  # by what it is, not by what it is called
    ("wav", SONG[:30], None),
])
def test_duration(api, teacher, ending, content, seconds):
    ok(upload(api, teacher, content, f"a.{ending}", sounds.TYPES[ending]))
    assert listed(api, teacher)[0]["duration"] == seconds


def test_what_plays_is_not_clamped_before_its_end(api, room):
    """An MP3 whose first frames are of another rate than the rest: what plays is held within the duration."""
    row = ok(upload(api, room.teacher, sounds.mp3(60, 320) + sounds.mp3(940, 32), "lesson.mp3", "audio/mpeg"))
    answer = ok(api.post(room.path("/audio/control"), room.teacher,
                         json={"action": "play", "audio_id": row["audio_id"], "position": 20.0, "speed": 1.0}))
    assert 20.0 <= answer["playback"]["position"] < 26.0


def test_malformed_audio_is_only_bytes(api, teacher):
    """Whatever is uploaded is stored and streamed, or is no audio; the server goes on."""
    chance = random.Random(7)
    for source in (sounds.wav(0.1), sounds.m4a(), sounds.webm(), sounds.mp3(), b"OggS" * 300, b"ID3\x04"):
        broken = bytearray(source)
        for _ in range(20):
            broken[chance.randrange(min(len(broken), 200))] = chance.randrange(256)
        answer = upload(api, teacher, bytes(broken))
        assert answer.status in (200, 400), answer
        if answer.status == 200:
            assert stream(api, ok(answer)["audio_id"]).body == bytes(broken)


# --- what is refused

def test_who_may_upload(api, student):
    refused(upload(api, student), 403, "Teacher role required")
    refused(upload(api, ABSENT), 404, "User not found")
    refused(upload(api, None), 400, "user_id query param required for dev auth (e.g. user_id=5)")
    assert loc_of(upload(api, "five")) == [["query", "user_id"]]
    refused(api.get("/audio/list"), 400, "user_id query param required for dev auth (e.g. user_id=5)")


@pytest.mark.parametrize("parts,wrong", [
    ([song_part()], ["title"]),
    ([part("title", ""), song_part()], ["title"]),
    ([part("title", "x" * 501), song_part()], ["title"]),
    ([part("title", "a\0b"), song_part()], ["title"]),
    ([part("title", b"\xff"), song_part()], ["title"]),
    ([part("title", "x", "title.txt"), song_part()], ["title"]),
    ([part("title", "x")], ["file"]),
    ([part("title", "x"), part("file", "text, not a file")], ["file"]),
    ([part("title", "x"), part("file", b"", "", "application/octet-stream")], ["file"]),
    ([part("title", "x"), part("other", SONG, "song.wav", "audio/wav")], ["file"]),
    ([song_part(name="song.exe")], ["title"]),  # fields count before the file's name
    ([song_part(), part("title", "x" * 501)], ["title"]),
    ([], ["title", "file"]),
])
def test_fields(api, server, teacher, parts, wrong):
    before = files(server)
    assert loc_of(send_form(api, teacher, *parts)) == [["body", name] for name in wrong]
    await_nothing_new(server, before)


@pytest.mark.parametrize("body", [
    {"json": {"title": "x"}}, {"form": {"title": "x"}}, {"body": b""}, {"body": None},
    {"body": SONG, "content_type": "audio/wav"},
])
def test_what_is_no_form_lacks_its_fields(api, teacher, body):
    assert ["body", "file"] in loc_of(api.post("/audio/upload", teacher, **body))


@pytest.mark.parametrize("name,shown", [
    ("song.exe", ".exe"), ("song", ""), ("song.mp3.", "."), ("song.mp33", ".mp33"), (".", "."), ("a.wav/b", ".wav/b"),
])
def test_endings(api, server, teacher, name, shown):
    before = files(server)
    refused(upload(api, teacher, name=name), 400,
            f"Invalid file extension {shown}. Allowed: .mp3, .wav, .m4a, .ogg, .webm")
    await_nothing_new(server, before)


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)
NO_AUDIO = "Invalid file content: no audio was found in it. Allowed: .mp3, .wav, .m4a, .ogg, .webm"


@pytest.mark.parametrize("kind", ["text/plain", "TEXT/HTML; charset=utf-8", "image/png", "application/json", "application/pdf",
                                  "application/ld+json", "image/svg+xml", "audio/wav\rX-Evil: 1"])
def test_types_that_are_plainly_no_media(api, server, teacher, kind):
    before = files(server)
    answer = upload(api, teacher, kind=kind)
    assert answer.status == 400 and answer.detail.startswith("Invalid file type "), answer
    assert answer.detail.endswith(" Allowed: audio/mpeg, audio/wav, audio/mp4, audio/x-m4a, audio/mp3, audio/ogg, "
                                  "audio/webm")
    await_nothing_new(server, before)


def test_ending_counts_before_type(api, teacher):
    assert "extension .txt" in upload(api, teacher, name="a.txt", kind="text/plain").detail


@pytest.mark.parametrize("kind", ["audio/wav", "audio/vnd.wave", "audio/x-wav", "AUDIO/WAV", "audio/wav; codecs=1",
                                  "video/webm", "application/octet-stream", "audio/mpeg", "audio", "x", "", None])
def test_the_type_is_that_of_the_content(api, teacher, kind):
    row = ok(upload(api, teacher, kind=kind))
    assert row["mime_type"] == listed(api, teacher)[0]["mime_type"] == "audio/wav"
    assert stream(api, row["audio_id"]).header("content-type") == "audio/wav"


@pytest.mark.parametrize("name,kind,content,mime_type", [
    ("SONG.MP3", "audio/mp3", sounds.mp3(), "audio/mpeg"),
    ("song.mp3", "audio/mpeg", sounds.id3(5000) + sounds.mp3(), "audio/mpeg"),
    ("song.mp3", "audio/mpeg", sounds.wav(), "audio/wav"),
    ("a.m4a", "audio/x-m4a", sounds.m4a(), "audio/mp4"),
    ("a.m4a", "audio/mp4", sounds.m4a(brand=b"3gp4"), "audio/mp4"),
    ("a.m4a", "audio/aac", sounds.adts(), "audio/aac"),
    ("a.webm", "audio/webm;codecs=opus", sounds.webm(), "audio/webm"),
    ("a.webm", "video/webm", sounds.recorded(sounds.cluster(0, sounds.simple(0))), "audio/webm"),
    ("a.webm", "video/x-matroska", sounds.recorded(tracks=[sounds.webm_track(), sounds.webm_track(2, 1, b"V_VP8")]), "video/webm"),
    ("a.mp3", "audio/mpeg", sounds.m4a(), "audio/mp4"),
])
def test_what_is_taken(api, teacher, name, kind, content, mime_type):
    row = ok(upload(api, teacher, content, name, kind))
    assert row["mime_type"] == mime_type
    assert stream(api, row["audio_id"]).header("content-type") == mime_type


@pytest.mark.parametrize("content", [
    b"<!DOCTYPE html><html><body>404</body></html>", b"{}", PNG, b"%PDF-1.7\n", b"PK\3\4" + bytes(60), b"", b"words " * 1000,
    bytes(100_000), b"RIFF\0\0\0\0AVI LIST" + bytes(100), sounds.box(b"ftyp", b"heic\0\0\0\0mif1"), os.urandom(100_000),
    sounds.id3(2000) + b"<html>",
])
def test_what_is_no_audio(api, server, teacher, content):
    before = files(server)
    for name, kind in (("a.mp3", "audio/mpeg"), ("a.wav", "audio/wav"), ("a.webm", "application/octet-stream")):
        refused(upload(api, teacher, content, name, kind), 400, NO_AUDIO)
    assert listed(api, teacher) == []
    await_nothing_new(server, before)


# --- names

@pytest.mark.parametrize("name", [
    "../../etc/passwd.wav", "/tmp/x.wav", "..\\x.wav", "песня.wav", 'a\\"b.wav', "a%22b.wav", "x" * 900 + ".wav", ".wav",
    "a;b.wav", "a\tb.wav", "=?utf-8?B?55+t5q2MLndhdg==?=", "=?UTF-8?Q?f=C3=BCr_Elise=2Ewav?=", "=?utf-8?q?a?= =?utf-8?q?=2Ewav?=",
    'a"; filename*=utf-8\'\'%E7%9F%AD%E6%AD%8C.wav; x="', '=?utf-8?B?55+t5q2MLm1wMw==?="; filename*="UTF-8\'\'%e7%9f%ad.wav',
    'a.wav"; filename*="UTF-8\'\'%zz', 'a.wav"; filename*="nothing', " a.wav ",
])
def test_names_of_clients_never_reach_the_disk(api, server, teacher, name):
    row = ok(upload(api, teacher, name=name))
    assert NAME.match(row["file_path"])
    assert row["file_path"] in files(server)
    assert stream(api, row["audio_id"]).body == SONG


def test_uploads_of_one_name_are_two_files(api, teacher):
    first, second = ok(upload(api, teacher)), ok(upload(api, teacher, sounds.wav(2)))
    assert first["file_path"] != second["file_path"]
    assert stream(api, first["audio_id"]).body == SONG
    assert stream(api, second["audio_id"]).body == sounds.wav(2)


@pytest.mark.parametrize("name,shown", [
    ("a.wav\"; filename*=UTF-8''a.exe; x=\"", ".exe"), ("=?utf-8?B?YS5leGU=?=", ".exe"), ("=?utf-8?B?55+t5q2MLm1wMw?", ""),
])
def test_what_a_name_means_counts(api, teacher, name, shown):
    refused(upload(api, teacher, name=name), 400,
            f"Invalid file extension {shown}. Allowed: .mp3, .wav, .m4a, .ogg, .webm")


# --- odd clients

def test_the_file_may_stand_before_the_fields(api, teacher):
    row = ok(send_form(api, teacher, song_part(), part("description", "late"), part("title", "later")))
    assert (row["title"], row["description"]) == ("later", "late")
    assert stream(api, row["audio_id"]).body == SONG


def test_of_several_titles_the_last_counts(api, teacher):
    assert ok(send_form(api, teacher, part("title", "first"), song_part(), part("title", "last")))["title"] == "last"


def test_one_file_is_taken(api, server, teacher):
    before = files(server)
    refused(send_form(api, teacher, part("title", "x"), song_part(), song_part()), 400, "Only one file is taken")
    await_nothing_new(server, before)


def test_a_form_without_its_end_is_refused(api, server, teacher):
    before = files(server)
    for end in (b"", END[:-4] + b"\r\n", b"--" + BOUNDARY.encode()):
        refused(send_form(api, teacher, part("title", "x"), song_part(), end=end), 400,
                "There was an error parsing the body")
    refused(send_form(api, teacher, b"--" + BOUNDARY.encode() + b"\r\nno head\r\n\r\n"), 400,
            "There was an error parsing the body")
    await_nothing_new(server, before)


def test_a_form_without_a_boundary_is_refused(api, teacher):
    answer = api.post("/audio/upload", teacher, body=b"x", content_type="multipart/form-data")
    refused(answer, 400, "Missing boundary in multipart.")


def test_a_file_that_looks_like_a_boundary(api, teacher):
    content = SONG + f"\r\n--{BOUNDARY[:-1]}\r\n\r\n-{BOUNDARY}--\r\r\n--".encode() * 2000
    assert stream(api, ok(upload(api, teacher, content))["audio_id"]).body == content


def test_chunked_request(api, teacher):
    body = part("title", "chunked") + song_part() + END
    with api.connect() as connection:
        connection.send(head_of(teacher))
        for at in range(0, len(body), 777):
            piece = body[at:at + 777]
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")
        row = ok(connection.answer())
    assert stream(api, row["audio_id"]).body == SONG


def test_the_connection_goes_on(api, teacher):
    with api.connect() as connection:
        body = part("title", "x") + song_part() + END
        connection.send(head_of(teacher, len(body)) + body + b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        ok(connection.answer())
        ok(connection.answer())
        assert connection.request("GET", "/livez").status == 200


def test_one_byte_at_a_time(api, teacher):
    body = part("title", "slow") + song_part(SONG[:300]) + END
    with api.connect() as connection:
        for byte in head_of(teacher, len(body)) + body:
            connection.send(bytes([byte]))
        assert stream(api, ok(connection.answer())["audio_id"]).body == SONG[:300]


def test_continue_is_said_to_whoever_may(api, teacher, student):
    body = part("title", "x") + song_part() + END
    with api.connect() as connection:
        connection.send(head_of(teacher, len(body), "Expect: 100-continue"))
        wait_until(lambda: connection.socket.recv(25, socket.MSG_PEEK).startswith(b"HTTP/1.1 100 "), what="100")
        connection.send(body)
        ok(connection.answer())
    for who, status in ((student, 403), (person_without_account(), 404)):
        with api.connect() as connection:
            connection.send(head_of(who, len(body), "Expect: 100-continue"))
            first = connection._until(b"\r\n\r\n", connection_deadline(connection))
            assert first.startswith(b"HTTP/1.1 %d " % status), first


def person_without_account():
    class Nobody:
        id = ABSENT
    return Nobody


def test_identity_and_size_are_checked_before_the_body(api, teacher, student):
    """2 GB are declared, and not one byte of them is needed for the answer."""
    for who, status in ((student, 403), (teacher, 413)):
        with api.connect() as connection:
            connection.send(head_of(who, 2_000_000_000))
            assert connection.answer().status == status


def test_a_bad_name_is_refused_before_the_end(api, teacher):
    with api.connect() as connection:
        connection.send(head_of(teacher, 150_000_000) + part("title", "x") + song_part(b"", "a.exe")[:-2])
        connection.send(bytes(3 << 20))
        refused(connection.answer(), 400, "Invalid file extension .exe. Allowed: .mp3, .wav, .m4a, .ogg, .webm")


def test_a_bad_field_is_refused_before_the_end(api, teacher):
    with api.connect() as connection:
        connection.send(head_of(teacher, 150_000_000) + part("title", "x" * 501) + song_part(b"")[:-2])
        connection.send(bytes(3 << 20))
        assert loc_of(connection.answer()) == [["body", "title"], ["body", "file"]]


def test_a_refused_client_may_send_on(api, teacher):
    """Many clients read no answer before they have sent all they have: the answer must not be lost in a reset."""
    answer = upload(api, teacher, bytes(20 << 20), "a.exe")
    assert answer.status == 400


def test_many_at_once(api):
    teachers = [person(api, "teacher") for _ in range(5)]
    contents = [sounds.wav(0.1 + i / 100) for i in range(20)]
    connections = [api.connect() for _ in contents]
    try:
        bodies = [part("title", f"{i}") + song_part(content) + END for i, content in enumerate(contents)]
        for i, (connection, body) in enumerate(zip(connections, bodies)):
            connection.send(head_of(teachers[i % 5], len(body)) + body[: len(body) // 2])
        for connection, body in zip(connections, bodies):
            connection.send(body[len(body) // 2:])
        for connection, content in zip(connections, contents):
            assert stream(api, ok(connection.answer())["audio_id"]).body == content
    finally:
        for connection in connections:
            connection.close()


# --- the size limit

@pytest.fixture(scope="module")
def small(start_module_server):
    return start_module_server("--audio-max-bytes", 100_000, "--request-timeout", 2)


def test_the_limit_is_exact(small):
    teacher = person(small.api, "teacher")
    ok(upload(small.api, teacher, sounds.wav(1, size=100_000)))
    before = files(small)
    refused(upload(small.api, teacher, bytes(100_001)), 413, "Request body too large")
    refused(upload(small.api, teacher, bytes(3_000_000)), 413, "Request body too large")
    await_nothing_new(small, before)


def test_the_limit_holds_without_a_length(small):
    teacher, before = person(small.api, "teacher"), files(small)
    with small.api.connect() as connection:
        connection.send(head_of(teacher))
        body = part("title", "x") + song_part(bytes(150_000))
        connection.send(b"%x\r\n%s\r\n" % (len(body), body))
        assert connection.answer().status == 413
    await_nothing_new(small, before)


def test_fields_have_a_limit_too(small):
    answer = send_form(small.api, person(small.api, "teacher"), part("title", "x"), part("description", "y" * 1_050_000))
    assert answer.status == 413


def test_an_upload_that_stands_still_is_ended(small):
    teacher, before = person(small.api, "teacher"), files(small)
    with small.api.connect() as connection:
        connection.send(head_of(teacher, 50_000) + part("title", "x") + song_part(bytes(20_000))[:-2])
        assert connection.answer().status == 408
    await_nothing_new(small, before)


# --- ends of clients and servers

def test_a_client_that_leaves_leaves_nothing(api, server, teacher):
    before = files(server)
    for reset in (False, True):
        with api.connect() as connection:
            connection.send(head_of(teacher, 9_000_000) + part("title", "x") + song_part(bytes(1_000_000))[:-2])
            await_part(server)
            if reset:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await_nothing_new(server, before)


def test_memory_does_not_grow_with_the_file(api, server, teacher):
    def resident():
        with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) // 1024
    size, piece = 128 << 20, bytes(1 << 20)
    head = part("title", "x") + song_part()[:-2]
    before = resident()
    with api.connect(60) as connection:
        connection.send(head_of(teacher, len(head) + size + 2 + len(END)) + head)
        for _ in range(size >> 20):
            connection.send(piece)
        during = resident()
        connection.send(b"\r\n" + END)
        row = ok(connection.answer())
    assert during - before < 40, f"{before} MiB before, {during} MiB during {size >> 20} MiB"
    assert stream(api, row["audio_id"], method="HEAD").header("content-length") == str(len(SONG) + size)


def test_a_crash_leaves_no_orphan(start_server):
    server = start_server()
    teacher = person(server.api, "teacher")
    kept = ok(upload(server.api, teacher))
    with server.api.connect() as connection:
        connection.send(head_of(teacher, 9_000_000) + part("title", "x") + song_part(bytes(1_000_000))[:-2])
        await_part(server)
        server.kill()
    assert len(files(server)) == 2
    server.start()
    assert files(server) == [kept["file_path"]]
    assert stream(server.api, kept["audio_id"]).body == SONG


def test_the_sweep_keeps_whatever_has_a_row(start_server):
    server = start_server()
    teacher = person(server.api, "teacher")
    first, second, third = (ok(upload(server.api, teacher)) for _ in range(3))
    server.kill()
    place = folder(server)
    os.rename(f"{place}/{first['file_path']}", f"{place}/{first['file_path']}.part")  # committed, not yet named
    strangers = ["README", "0" * 31 + ".wav", "song.part", "a" * 32 + ".wav.part2"]
    lost = ["b" * 32 + ".wav", "c" * 32 + ".mp3.part"]
    for name in strangers + lost:
        open(f"{place}/{name}", "w", encoding="ascii").close()
    server.start()
    assert files(server) == sorted(strangers + [row["file_path"] for row in (first, second, third)])
    for row in (first, second, third):
        assert stream(server.api, row["audio_id"]).body == SONG


def test_the_folder_of_another_database_is_spared(start_server):
    server = start_server()
    row = ok(upload(server.api, person(server.api, "teacher")))
    server.kill()
    names = [f"{i}" * 32 + ".wav" for i in range(5)]
    for name in names:
        open(f"{folder(server)}/{name}", "w", encoding="ascii").close()
    server.start()
    assert files(server) == sorted(names + [row["file_path"]])
    assert "none of them was removed" in server.stderr()


def test_two_servers_do_not_share_a_folder(server, start_server):
    with pytest.raises(AssertionError, match="another server keeps its files in"):
        start_server("--audio-dir", folder(server))


def test_stopping_lets_an_upload_end(start_server):
    server = start_server()
    teacher = person(server.api, "teacher")
    body = part("title", "x") + song_part(sounds.wav(1, size=1_000_000)) + END
    with server.api.connect() as connection:
        connection.send(head_of(teacher, len(body)) + body[:500_000])
        await_part(server)
        server.terminate()
        wait_until(lambda: "stopping gracefully" in server.stderr(), what="the stop")
        connection.send(body[500_000:])
        ok(connection.answer())
    assert server.wait() == 0
    assert len(files(server)) == 1 and not files(server)[0].endswith(".part")


def test_stopping_does_not_wait_for_ever(start_server):
    server = start_server("--drain-time", 1)
    teacher = person(server.api, "teacher")
    with server.api.connect() as connection:
        connection.send(head_of(teacher, 9_000_000) + part("title", "x") + song_part(bytes(1_000_000))[:-2])
        await_part(server)
        server.terminate()
        assert server.wait() == 0
    assert files(server) == []


def test_a_full_disk_is_said(start_server):
    """A limit of the size of files stands for the disk."""
    server = start_server(prefix=["prlimit", "--fsize=33554432"])
    teacher = person(server.api, "teacher")
    refused(upload(server.api, teacher, bytes(40 << 20)), 507, "There is no room to store the file")
    await_nothing_new(server, [])
    ok(upload(server.api, teacher))


def test_a_folder_that_is_gone_is_said(start_server):
    server = start_server()
    teacher = person(server.api, "teacher")
    row = ok(upload(server.api, teacher))
    os.rename(folder(server), f"{server.data}/elsewhere")
    refused(stream(server.api, row["audio_id"]), 404, "Audio not found")
    os.rename(f"{server.data}/elsewhere", folder(server))
    assert stream(server.api, row["audio_id"]).body == SONG


def test_no_database_no_file(start_server):
    server = start_server("--write-wait", 200)
    teacher = person(server.api, "teacher")
    ok(upload(server.api, teacher))
    database = server.database()
    database.text("alter table audio_files add constraint none_of_these check (title <> 'refused')")
    answer = upload(server.api, teacher, title="refused")
    assert answer.status == 500
    await_nothing_new(server, [listed(server.api, teacher)[0]["file_path"]])
    assert len(listed(server.api, teacher)) == 1


# --- streaming

@pytest.fixture(scope="module")
def song(shared):
    return ok(upload(shared.api, person(shared.api, "teacher"), title='Für "Elise"; 50%'))


def test_stream_needs_no_identity(api, song):
    for path in ("stream", "play"):
        answer = stream(api, song["audio_id"], path=path)
        assert (answer.status, answer.body) == (200, SONG)
        assert answer.header("content-type") == "audio/wav"
        assert answer.header("content-length") == str(len(SONG))
        assert answer.header("accept-ranges") == "bytes"
        assert answer.header("etag").startswith('"') and "GMT" in answer.header("last-modified")
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("content-security-policy").startswith("sandbox; default-src 'none';")
        assert answer.header("content-disposition") == (
            'inline; filename="F__r _Elise__ 50_.wav"; '
            "filename*=UTF-8''F%C3%BCr%20%22Elise%22%3B%2050%25.wav")


def test_unknown_audio(api):
    for audio_id in (ABSENT, 0, -1):
        refused(stream(api, audio_id), 404, "Audio not found")
    for audio_id in (TOO_BIG, "x", "1.5"):
        assert stream(api, audio_id).status in (404, 422)


def test_a_row_whose_file_is_gone(api, server, teacher):
    row = ok(upload(api, teacher))
    os.remove(f"{folder(server)}/{row['file_path']}")
    refused(stream(api, row["audio_id"]), 404, "Audio not found")


@pytest.mark.parametrize("path", ["../serve.lock", "/etc/passwd", ".", "", "a/b.wav", "x\ny"])
def test_rows_cannot_name_other_files(api, server, teacher, path):
    row = ok(upload(api, teacher))
    literal = "'" + path.replace("'", "''") + "'"
    server.database().text(f"update audio_files set file_path = {literal} where audio_id = {row['audio_id']}")
    refused(stream(api, row["audio_id"]), 404, "Audio not found")


@pytest.mark.parametrize("asked,first,last", [
    ("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=100-", 100, len(SONG) - 1),
    ("bytes=-7", len(SONG) - 7, len(SONG) - 1), ("bytes=5-99999999", 5, len(SONG) - 1),
    ("bytes=-99999999", 0, len(SONG) - 1),
])
def test_range(api, song, asked, first, last):
    answer = stream(api, song["audio_id"], {"Range": asked})
    assert answer.status == 206
    assert answer.header("content-range") == f"bytes {first}-{last}/{len(SONG)}"
    assert answer.body == SONG[first:last + 1]


def test_range_behind_the_end(api, song):
    answer = stream(api, song["audio_id"], {"Range": f"bytes={len(SONG)}-"})
    assert (answer.status, answer.header("content-range")) == (416, f"bytes */{len(SONG)}")


@pytest.mark.parametrize("asked", ["bytes=5-4", "bytes=a-b", "bytes=0-1,4-5", "pages=1-2", "bytes"])
def test_range_that_is_ignored(api, song, asked):
    answer = stream(api, song["audio_id"], {"Range": asked})
    assert (answer.status, answer.body) == (200, SONG)


def test_range_if_it_is_still_the_file(api, song):
    tag = stream(api, song["audio_id"]).header("etag")
    assert stream(api, song["audio_id"], {"Range": "bytes=0-1", "If-Range": tag}).status == 206
    assert stream(api, song["audio_id"], {"Range": "bytes=0-1", "If-Range": '"another"'}).status == 200


def test_what_the_client_has_is_not_sent_again(api, song):
    first = stream(api, song["audio_id"])
    for line in ({"If-None-Match": first.header("etag")}, {"If-None-Match": f'"x", W/{first.header("etag")}'},
                 {"If-None-Match": "*"}, {"If-Modified-Since": first.header("last-modified")}):
        answer = stream(api, song["audio_id"], line)
        assert (answer.status, answer.header("etag")) == (304, first.header("etag")), line
    changed = {"If-None-Match": '"x"', "If-Modified-Since": first.header("last-modified")}
    assert stream(api, song["audio_id"], changed).status == 200


def test_head(api, song):
    answer = stream(api, song["audio_id"], {"Range": "bytes=0-1"}, method="HEAD")
    assert (answer.status, answer.header("content-length")) == (200, str(len(SONG)))


def test_players_of_other_origins_may_read(api, song):
    answer = stream(api, song["audio_id"], {"Origin": "https://app.example", "Range": "bytes=0-1"})
    assert answer.header("access-control-allow-origin") == "https://app.example"


def test_a_stream_ends_with_the_server_in_time(start_server):
    """A download under way is finished; one whose client does not read is cut when the time is over."""
    server = start_server("--drain-time", 2)
    row = ok(upload(server.api, person(server.api, "teacher"), sounds.wav(1, size=30 << 20)))
    request = f"GET /audio/{row['audio_id']}/stream HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with server.api.connect(60) as reading, server.api.connect() as idle:
        idle.send(request)
        reading.send(request)
        wait_until(lambda: reading.socket.recv(15, socket.MSG_PEEK) and idle.socket.recv(15, socket.MSG_PEEK), what="heads")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "stopping gracefully" in server.stderr(), what="the stop")
        answer = reading.answer()
        assert (answer.status, len(answer.body)) == (200, 30 << 20)
        assert closed(reading)
        assert server.wait() == 0


def download(server, row, timeout=60):
    """One under way whose client has not read yet, and its name for operators."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.settimeout(timeout)
    slow.connect((server.api.host, server.api.port))
    slow.sendall(f"GET /audio/{row['audio_id']}/stream HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    wait_until(lambda: slow.recv(15, socket.MSG_PEEK), what="its head")
    return slow


def test_who_takes_next_to_nothing_is_cut(start_server):
    """A byte now and then is not enough; whoever takes at the least rate has the whole."""
    server = start_server("--request-timeout", 2, "--least-rate", 10_000)
    operator, row = Operator(server), ok(upload(server.api, person(server.api, "teacher"), sounds.wav(1, size=4 << 20)))
    with download(server, row) as slow, server.api.connect(60) as quick:
        def ends():
            slow.recv(1)
            return [one["reason"] for one in operator("closed") if one["kind"] == "download"]
        assert wait_until(ends, 60, interval=0.1, what="the end of who reads a byte at a time") == ["write_timeout"]
        quick.send(f"GET /audio/{row['audio_id']}/stream HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert len(quick.answer().body) == 4 << 20


UNSENT_MOST = 1048576


def test_the_kernel_holds_little_of_what_is_not_read(server, api, room):
    row = ok(upload(api, room.teacher, sounds.wav(1, size=16 << 20)))
    held = [download(server, row) for _ in range(5)]
    operator = Operator(server)
    wait_until(lambda: sum(one["kind"] == "download" for one in operator("conns")) == 5, what="downloads")
    for one in operator("conns"):
        if one["kind"] == "download":
            unsent = operator("conn", one["id"])["tcp_unsent_bytes"]
            assert UNSENT_MOST / 4 < unsent < 2 * UNSENT_MOST, "all that is read of a file at once, and no more"
    for slow in held:
        slow.close()


SLOW = 400


def test_slow_downloads_do_not_disturb_a_class(server, api, room):
    """Hundreds who read next to nothing hold neither a thread nor the class; each still gets the whole file."""
    content = sounds.mp3() + os.urandom(1 << 20) * 8
    row = ok(upload(api, room.teacher, content, "long.mp3", "audio/mpeg"))
    request = f"GET /audio/{row['audio_id']}/stream HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    downloads = []
    try:
        for _ in range(SLOW):
            slow = socket.socket()
            downloads.append(slow)
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.settimeout(30)
            slow.connect((api.host, api.port))
            slow.sendall(request)
        for slow in downloads:
            assert slow.recv(12) == b"HTTP/1.1 200"
        student = room.student()
        with room.stream(student) as stream_of_events:
            for i in range(50):
                room.act(room.teacher, "chat", text=f"word {i}")
            heard = [stream_of_events.until(lambda frame: frame.event == "chat").data["text"] for _ in range(50)]
        assert heard == [f"word {i}" for i in range(50)]
        whole = downloads[0]
        whole.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            data += whole.recv(1)
        data = bytearray()
        while len(data) < len(content):
            data += whole.recv(1 << 20)
        assert data == content
    finally:
        for slow in downloads:
            slow.close()
