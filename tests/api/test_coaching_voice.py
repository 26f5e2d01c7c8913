"""Speaker ids of coaching: enrolment, identification, and an embedder that does harm (coaching contract, section 14)."""
import base64
import json
import math
import os
import re
import signal
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import voices
from client import wait_until
from coaching import account, couple, relate
from voices import EMBEDDER, NOBODY, RATE, UNKNOWN, ask, begin, complete, encoded, enroll, forget, identify, likeness, lying, quality, stand_in, upload, wav


def told(answer):
    return answer.status, answer.json()


def detail(answer):
    return answer.status, answer.json()["detail"]


@pytest.fixture(scope="module")
def hearing(start_module_server):
    """A server whose embedder knows tones, and is there."""
    server = start_module_server("--voice-embedder", EMBEDDER, "--budget-uploads", 16, "--budget-voices", 0)
    ready(server)
    return server


@pytest.fixture
def api(hearing):
    return hearing.api


@pytest.fixture
def deaf(server):
    """The shared server: it has no embedder."""
    return server.api


def lines(server, text):
    return server.stderr().count(text)


def ready(server, times=1):
    wait_until(lambda: lines(server, "the embedder is ready") >= times)


def row(server, who):
    return server.database().one(f"select * from coaching.voice_profiles where user_id = '{who.id}'")


def recordings(server, who):
    """How many enrolments of theirs hold a sound."""
    return server.database().one(f"select count(*) from coaching.voice_enrollments where user_id = '{who.id}' and sample_base64 is not null")["count"]


# ---- enrolment ----

def test_a_voice_is_enrolled(api, hearing):
    who = account(api)
    begun = api.post("/v1/voice/enrollment/start", token=who.token)
    assert begun.status == 200 and begun.json() == {"enrollment_id": begun.json()["enrollment_id"], "upload_url": None}
    enrollment, audio = begun.json()["enrollment_id"], wav(500, 2)
    assert told(upload(api, who, enrollment, audio)) == (200, {"ok": True})
    assert api.get("/v1/users/me", token=who.token).json()["voice_profile_id"] is None
    done = complete(api, who, enrollment)
    assert done.status == 200 and set(done.json()) == {"voice_profile_id", "quality_score"}
    assert done.json()["quality_score"] == pytest.approx(0.7 + len(audio) / 32000 / 10 * 0.25, abs=1e-9)
    me = api.get("/v1/users/me", token=who.token).json()
    assert me["voice_profile_id"] == done.json()["voice_profile_id"]
    assert base64.b64decode(me["voice_print_data"], validate=True) == audio  # of our own form, it stays as it is
    kept = row(hearing, who)["voice_embedding_json"]
    assert len(kept) == 192 and kept[0] == pytest.approx(likeness(500, 0), abs=0.01)


def test_enrolling_again_keeps_the_id(api, hearing):
    who = account(api)
    first, second = enroll(api, who, wav(500, 1)), enroll(api, who, wav(900, 3))
    assert second["voice_profile_id"] == first["voice_profile_id"] and second["quality_score"] == pytest.approx(quality(3))
    assert row(hearing, who)["voice_embedding_json"][0] == pytest.approx(likeness(900, 0), abs=0.01)
    assert base64.b64decode(api.get("/v1/users/me", token=who.token).json()["voice_print_data"]) == wav(900, 3)


def test_the_last_upload_counts(api):
    who = account(api)
    enrollment = begin(api, who)
    for seconds in (1, 3, 2):
        assert upload(api, who, enrollment, wav(500, seconds)).status == 200
    assert complete(api, who, enrollment).json()["quality_score"] == pytest.approx(quality(2))
    assert detail(upload(api, who, enrollment, wav())) == (400, "Enrollment is complete already")


def test_completing_once_more_tells_the_same(api):
    who = account(api)
    enrollment = begin(api, who)
    assert detail(complete(api, who, enrollment)) == (400, "No audio has been uploaded")
    upload(api, who, enrollment, wav())
    assert complete(api, who, enrollment).json() == complete(api, who, enrollment).json()


def test_quality_has_a_most(api):
    assert enroll(api, account(api), wav(500, 30, rate=8000))["quality_score"] == 0.95


@pytest.mark.parametrize("audio", [wav(500, 2, rate=8000), wav(500, 2, rate=44100, channels=2), encoded(voices.FLAC, 500, 2), encoded(voices.VORBIS, 500, 2),
                                   encoded(voices.OPUS, 500, 2)], ids=["8k", "stereo", "flac", "vorbis", "opus"])
def test_any_of_the_formats(api, hearing, audio):
    who = account(api)
    assert enroll(api, who, audio)["quality_score"] == pytest.approx(quality(2), abs=1e-4)
    kept = base64.b64decode(api.get("/v1/users/me", token=who.token).json()["voice_print_data"])
    assert kept[:4] + kept[8:16] == b"RIFFWAVEfmt " and struct.unpack("<HHIIHH", kept[20:36]) == (1, 1, RATE, 2 * RATE, 2, 16)
    assert abs(len(kept) - 44 - 4 * RATE) < 200
    assert row(hearing, who)["voice_embedding_json"][0] == pytest.approx(likeness(500, 0), abs=0.02)


def test_a_minute_is_used(api):
    who = account(api)
    assert enroll(api, who, wav(500, 70, rate=8000))["quality_score"] == 0.95
    assert len(base64.b64decode(api.get("/v1/users/me", token=who.token).json()["voice_print_data"])) == 44 + 60 * 2 * RATE


@pytest.mark.parametrize("audio", [b"RIFF", b"hello" * 1000, wav()[:30], encoded(voices.AIFF), b"OggS" + bytes(5000), b"fLaC" + b"\xff" * 5000,
                                   wav(seconds=0), b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff"], ids=str)
def test_what_cannot_be_decoded_is_refused(api, audio):
    who = account(api)
    enrollment = begin(api, who)
    assert detail(upload(api, who, enrollment, audio)) == (400, "The audio cannot be decoded: WAV, FLAC or Ogg is wanted")
    assert detail(complete(api, who, enrollment)) == (400, "No audio has been uploaded")
    assert upload(api, who, enrollment, wav()).status == 200  # and then it goes on


def test_hostile_sounds_take_little(api):
    """Either there is an answer, or they are refused; the child that decodes them may take five seconds of the processor, and reads a minute."""
    who = account(api)
    silence = encoded(voices.FLAC, 0, 8 * 3600, rate=1000)
    assert len(silence) < 1 << 20 and enroll(api, who, silence)["quality_score"] == 0.95
    assert len(base64.b64decode(api.get("/v1/users/me", token=who.token).json()["voice_print_data"])) == 44 + 60 * 2 * RATE
    for audio, seconds in ((lying(size=0xffffffff), 1), (lying(size=0x80000000), 1), (wav(channels=64), 1), (lying()[:-RATE], 0.5),
                           (lying(tag=3, bits=32, samples=struct.pack("<f", math.nan) * RATE), 1), (lying(tag=3, bits=32, samples=struct.pack("<f", 3e38) * RATE), 1)):
        assert enroll(api, who, audio)["quality_score"] == pytest.approx(quality(seconds))
    enrollment = begin(api, who)
    for audio in (lying(rate=1), lying(rate=0), lying(rate=0xffffffff), lying(channels=0), lying(channels=65535), lying(samples=b""), wav(channels=65),
                  lying(before=b"junk" + bytes(4) * 100_000), lying(before=b"LIST\xff\xff\xff\x7f")):
        assert upload(api, who, enrollment, audio).status == 400


def test_uploads_are_checked(api):
    who, other = account(api), account(api)
    enrollment = begin(api, who)
    assert detail(upload(api, who, UNKNOWN, wav())) == (404, "Enrollment not found")
    assert detail(upload(api, who, "x'or'a'='a", wav())) == (404, "Enrollment not found")
    assert detail(upload(api, other, enrollment, wav())) == (403, "Enrollment does not belong to user")
    assert detail(upload(api, who, enrollment, b"")) == (400, "The audio is empty")
    missing = upload(api, who, enrollment, wav(), name="file")
    assert missing.status == 422 and missing.json()["detail"][0]["loc"] == ["body", "audio"]
    assert upload(api, who, UNKNOWN, wav(), name="file").status == 422  # before existence
    assert api.call("PUT", f"/v1/voice/enrollment/{enrollment}/audio", token=who.token, json={}).status == 422
    assert detail(complete(api, who, UNKNOWN)) == (404, "Enrollment not found")
    assert detail(complete(api, other, enrollment)) == (403, "Enrollment does not belong to user")
    assert detail(complete(api, who, enrollment)) == (400, "No audio has been uploaded")


def test_nobody_comes_in_without_a_token(api):
    for method, path in (("POST", "enrollment/start"), ("PUT", f"enrollment/{UNKNOWN}/audio"), ("POST", f"enrollment/{UNKNOWN}/complete"),
                         ("DELETE", "profile"), ("POST", "identify")):
        answer = api.call(method, f"/v1/voice/{path}")
        assert detail(answer) == (401, "Not authenticated") and answer.header("WWW-Authenticate") == "Bearer"


def test_too_much_is_refused(start_server):
    api = start_server("--voice-max-bytes", 100_000).api
    who = account(api)
    enrollment = begin(api, who)
    assert upload(api, who, enrollment, wav(500, 3)).status == 200
    assert upload(api, who, enrollment, wav(500, 4)).status == 413
    assert ask(api, who, who.id, wav(500, 4)).status == 413


def test_a_voice_is_forgotten(api, hearing):
    who = account(api)
    assert detail(forget(api, who)) == (404, "No voice profile found")
    first = enroll(api, who, wav())
    assert told(forget(api, who)) == (200, {"ok": True})
    me = api.get("/v1/users/me", token=who.token).json()
    assert me["voice_profile_id"] is None and me["voice_print_data"] is None
    assert detail(forget(api, who)) == (404, "No voice profile found")
    assert not recordings(hearing, who)
    assert enroll(api, who, wav())["voice_profile_id"] != first["voice_profile_id"]
    upload(api, who, begin(api, who), wav())
    assert recordings(hearing, who)
    assert forget(api, who).status == 200 and not recordings(hearing, who)  # nor one that waited to become the next profile


def test_recordings_that_nobody_completes_do_not_stay(api, hearing):
    who = account(api)
    old = begin(api, who)
    assert upload(api, who, old, wav()).status == 200
    hearing.database().script([f"update coaching.voice_enrollments set updated_at = updated_at - interval '61 minutes' where id = '{old}'"])
    begin(api, account(api))  # whoever comes next
    assert complete(api, who, old).status == 404
    for _ in range(12):
        begin(api, who)
    assert hearing.database().one(f"select count(*) from coaching.voice_enrollments where user_id = '{who.id}'") == {"count": 10}


# ---- identification ----

def test_the_right_one_is_recognised(api):
    ada, ben, _ = couple(api)
    enroll(api, ada, wav(400))
    enroll(api, ben, wav(1400))
    for hertz, who in ((400, ada), (500, ada), (1300, ben)):
        for candidates in ((ada.id, ben.id), (ben.id, ada.id)):
            answer = identify(api, ada, candidates, wav(hertz, 2))
            mine = 400 if who is ada else 1400
            assert answer == {"user_id": who.id, "similarity_score": pytest.approx(likeness(hertz, mine), abs=0.01)}


def test_threshold_margin_and_lead(api):
    ada, ben, _ = couple(api)
    enroll(api, ada, wav(400))
    alone = identify(api, ada, ada.id, wav(400 + 1290))
    assert alone == {"user_id": None, "similarity_score": pytest.approx(0.277, abs=0.01)}  # the score is told all the same
    assert identify(api, ada, ada.id, wav(400 + 1240))["user_id"] == ada.id  # 0.325
    enroll(api, ben, wav(440))
    both = (ada.id, ben.id)
    close = identify(api, ada, both, wav(430))
    assert close["user_id"] is None and close["similarity_score"] == pytest.approx(1, abs=0.001)  # ahead, but not by 0.03
    enroll(api, ben, wav(100))
    led = identify(api, ada, both, wav(400 + 1350))  # 0.219 against -0.080
    assert led == {"user_id": ada.id, "similarity_score": pytest.approx(0.219, abs=0.01)}


def test_the_rule_is_a_parameter(start_server):
    server = start_server("--voice-embedder", EMBEDDER, environment={"STT_SPEAKER_MATCH_THRESHOLD": "0.9", "STT_SPEAKER_MATCH_MARGIN": "0.5"})
    ready(server)
    ada, ben, _ = couple(server.api)
    enroll(server.api, ada, wav(400))
    assert identify(server.api, ada, ada.id, wav(400 + 500))["user_id"] is None  # 0.878
    assert identify(server.api, ada, ada.id, wav(400 + 400))["user_id"] == ada.id
    enroll(server.api, ben, wav(1300))
    assert identify(server.api, ada, (ada.id, ben.id), wav(400))["user_id"] is None  # 0.378 behind
    enroll(server.api, ben, wav(1500))
    assert identify(server.api, ada, (ada.id, ben.id), wav(400))["user_id"] == ada.id


def test_candidates_without_a_profile_are_skipped(api):
    ada, ben, _ = couple(api)
    for candidates in (" ", ",", UNKNOWN, ben.id, f"{ada.id}, {ben.id}", "x' or 'a'='a", "," * 5000):
        assert identify(api, ada, candidates, wav(400)) == NOBODY
    enroll(api, ben, wav(400))
    found = identify(api, ada, f" {ada.id} ,,{UNKNOWN}, {ben.id},{ben.id}", wav(400))  # named twice is one candidate
    assert found == {"user_id": ben.id, "similarity_score": pytest.approx(1, abs=0.001)}


def test_people_who_share_nothing_are_no_candidates(api, hearing):
    ada, ben, relationship = couple(api)
    stranger = account(api)
    enroll(api, ada, wav(400))
    enroll(api, stranger, wav(2400))
    assert identify(api, ada, stranger.id, wav(2400)) == NOBODY
    assert identify(api, stranger, f"{ada.id},{ben.id}", wav(400)) == NOBODY
    assert identify(api, ben, f"{ada.id},{stranger.id}", wav(2400))["user_id"] is None  # skipped, not refused
    assert identify(api, ben, f"{ada.id},{stranger.id}", wav(400)) == {"user_id": ada.id, "similarity_score": pytest.approx(1, abs=0.001)}
    relate(api, stranger, ada, kind="friend")
    assert identify(api, ada, stranger.id, wav(2400))["user_id"] == stranger.id
    hearing.database().script([f"update coaching.relationship_members set member_status = 'REMOVED' where relationship_id = '{relationship}' and user_id = '{ben.id}'"])
    assert identify(api, ben, ada.id, wav(400)) == NOBODY


def test_nobody_sees_the_recording_of_others(api):
    ada, ben, _ = couple(api)
    enroll(api, ada, wav(400, 2))
    assert "voice_print_data" not in str(api.get(f"/v1/users/{ada.id}", token=ben.token).json())


def test_what_is_too_short_is_not_scored(api):
    who = account(api)
    enroll(api, who, wav(400))
    assert identify(api, who, who.id, wav(400, 0.49)) == NOBODY
    assert identify(api, who, who.id, wav(400, 0.5))["user_id"] == who.id
    assert identify(api, who, who.id, b"") == NOBODY


def test_questions_are_checked(api):
    who = account(api)
    enroll(api, who, wav(400))
    assert detail(ask(api, who, who.id, b"hello")) == (400, "The audio cannot be decoded: WAV, FLAC or Ogg is wanted")
    missing = api.post("/v1/voice/identify", token=who.token, parts={"candidate_user_ids": who.id})
    assert missing.status == 422 and missing.json()["detail"][0]["loc"] == ["body", "audio"]
    kind, body = voices.file_form({}, "audio", "last.wav", "audio/wav", wav())
    missing = api.post("/v1/voice/identify", token=who.token, content_type=kind, body=body)
    assert missing.status == 422 and missing.json()["detail"][0]["loc"] == ["body", "candidate_user_ids"]


def test_several_embeddings_of_one_person(api, hearing):
    who = account(api)
    enroll(api, who, wav(400))
    several = [{"embedding": [likeness(f, 0), likeness(f, 1570.796)] + [0] * 190, "device": "phone"} for f in (400, 700, 1000)]
    hearing.database().script([f"update coaching.voice_profiles set voice_embedding_json = '{json.dumps(several)}' where user_id = '{who.id}'"])
    one, two = likeness(400, 400), likeness(700, 400)
    assert identify(api, who, who.id, wav(400))["similarity_score"] == pytest.approx(two + 0.8 * (one - two), abs=0.01)


def test_many_ask_at_once(api):
    ada, ben, _ = couple(api)
    enroll(api, ada, wav(400))
    enroll(api, ben, wav(1400))
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda i: identify(api, ada, (ada.id, ben.id), wav(400 + 1000 * (i % 2)))["user_id"], range(16)))
    assert asked == [ada.id, ben.id] * 8


# ---- without an embedder ----

def test_without_an_embedder_nobody_is_recognised(deaf, server):
    who = account(deaf)
    assert enroll(deaf, who, wav(400, 2))["quality_score"] == pytest.approx(quality(2))
    assert row(server, who)["voice_embedding_json"] is None
    assert identify(deaf, who, who.id, wav(400)) == NOBODY
    assert lines(server, "nobody is recognised by their voice") == 1


def test_a_model_that_is_not_there_is_one_warning(start_server):
    server = start_server("--voice-model", "/nonexistent.onnx", "--voice-embedder", EMBEDDER)
    assert lines(server, "nobody is recognised by their voice") == 1
    assert account(server.api)


def test_the_model_is_handed_on_and_missing_embeddings_are_made_later(start_server):
    """What was enrolled without an embedder gets its embedding when it is first needed, also what another server has kept."""
    server = start_server()
    ada, ben, _ = couple(server.api)
    enroll(server.api, ada, wav(400))
    enroll(server.api, ben, wav(1400))
    assert row(server, ada)["voice_embedding_json"] is None
    old = base64.b64encode(wav(1400, 1, rate=44100, channels=2)).decode()
    server.database().script([f"update coaching.voice_profiles set voice_sample_base64 = '{old}' where user_id = '{ben.id}'"])
    server.stop()
    model = Path(server.folder) / "a model"  # where a server that has given up root's rights can read it
    model.write_text("")
    server.options = [*server.options, "--voice-model", str(model), "--voice-embedder", f"sh -c 'test \"$1\" = \"{model}\" && exec {EMBEDDER}' x"]
    os.remove(server.errors)
    server.start()
    ready(server)
    assert identify(server.api, ada, (ada.id, ben.id), wav(1300)) == {"user_id": ben.id, "similarity_score": pytest.approx(likeness(1300, 1400), abs=0.01)}
    wait_until(lambda: row(server, ada)["voice_embedding_json"] and row(server, ben)["voice_embedding_json"])
    assert row(server, ben)["voice_embedding_json"][0] == pytest.approx(likeness(1400, 0), abs=0.02)


# ---- an embedder that does harm ----

@pytest.fixture(scope="module")
def harmed(start_module_server):
    server = start_module_server("--voice-embedder", EMBEDDER, "--voice-memory", 512)
    ready(server)
    return server


@pytest.mark.parametrize("harm", [stand_in.DIE, stand_in.GARBAGE, stand_in.BOMB, stand_in.NAN, stand_in.OTHER])
def test_harm_is_nobodys(harmed, harm):
    api, begun = harmed.api, lines(harmed, "the embedder is ready")
    who = account(api)
    enroll(api, who, wav(400))
    assert identify(api, who, who.id, wav(harm)) == NOBODY
    assert api.get("/v1/users/me", token=who.token).status == 200
    ready(harmed, begun + 1)
    assert identify(api, who, who.id, wav(400))["user_id"] == who.id


def test_one_that_hangs_is_begun_again(start_server):
    server = start_server("--voice-embedder", EMBEDDER, "--voice-timeout", 1)
    api = server.api
    ready(server)
    who = account(api)
    enroll(api, who, wav(400))
    assert identify(api, who, who.id, wav(stand_in.HANG)) == NOBODY
    assert lines(server, "it does not answer") >= 1
    ready(server, 2)


def pid_of(server):
    return int(re.findall(r"the embedder is ready pid=(\d+)", server.stderr())[-1])


def waiting(server):
    return next(row for row in json.loads(server.admin("queues", "--json").stdout) if row["queue"] == "voices")


def test_nobody_else_waits_for_one_that_hangs(start_server):
    server = start_server("--voice-embedder", EMBEDDER, "--voice-timeout", 600, "--voice-queue", 2)
    api = server.api
    ready(server)
    who = account(api)
    enroll(api, who, wav(400))
    with ThreadPoolExecutor(3) as pool:
        try:
            hung = pool.submit(identify, api, who, who.id, wav(stand_in.HANG))
            wait_until(lambda: "voices_asked\":1" in server.admin("workers", "--json").stdout.replace(" ", "") and waiting(server)["depth"] == 0)
            behind = [pool.submit(identify, api, who, who.id, wav(400)) for _ in range(2)]
            wait_until(lambda: waiting(server)["depth"] == 2)
            for _ in range(8):  # either worker
                assert api.get("/v1/users/me", token=who.token).status == 200
            full = ask(api, who, who.id, wav(400))
            assert detail(full) == (503, "Server is busy, try again") and waiting(server)["refused"] == 1
            other = account(api)
            enroll(api, other, wav(500))  # what is full is only the knowledge of voices
            assert row(server, other)["voice_embedding_json"] is None
            assert not hung.done() and not any(b.done() for b in behind)
        finally:
            os.kill(pid_of(server), signal.SIGKILL)
        assert [f.result() for f in (hung, *behind)] == [NOBODY] * 3
    ready(server, 2)
    assert identify(api, other, other.id, wav(500))["user_id"] == other.id


def test_one_that_does_not_get_ready_is_not_waited_for(start_server):
    server = start_server("--voice-embedder", EMBEDDER + " --never-ready", "--voice-timeout", 1)
    who = account(server.api)
    assert enroll(server.api, who, wav(400))["quality_score"] == pytest.approx(quality(1))
    assert identify(server.api, who, who.id, wav(400)) == NOBODY
    assert row(server, who)["voice_embedding_json"] is None and "lectern_embedder_ready 0" in server.api.get("/metrics").body.decode()


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_has_little_and_ends_with_the_server(start_server):
    server = start_server("--voice-embedder", EMBEDDER, "--voice-memory", 512, environment={"SECRET_KEY": "a key that nobody else should ever come to know"})
    ready(server)
    pid = pid_of(server)
    of = Path(f"/proc/{pid}")
    assert {line.split("=")[0] for line in (of / "environ").read_text().split("\0") if line} <= {
        "PATH", "LANG", "HOME", "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "MALLOC_ARENA_MAX", "PWD"}
    kinds = {int(fd.name): os.readlink(fd).split(":")[0] for fd in (of / "fd").iterdir()}
    assert kinds == {0: "socket", 1: "socket", 2: "pipe"}
    limits, status = (of / "limits").read_text(), (of / "status").read_text()
    assert re.search(rf"Max address space +{512 << 20} +{512 << 20}", limits) and re.search("Max core file size +0 +0", limits)
    assert "NoNewPrivs:\t1" in status and os.getpriority(os.PRIO_PROCESS, pid) > 0
    server.kill()
    wait_until(lambda: gone(pid))


def test_a_voice_in_which_nobody_is_found(harmed):
    who = account(harmed.api)
    enroll(harmed.api, who, wav(stand_in.NOTHING))
    assert identify(harmed.api, who, who.id, wav(stand_in.NOTHING)) == NOBODY


def test_operators_see_it(hearing):
    metrics = hearing.api.get("/metrics").body.decode()
    assert "lectern_embedder_ready 1" in metrics and 'lectern_voices_total{end="embedded"}' in metrics
    queues = json.loads(hearing.admin("queues", "--json").stdout)
    assert {"voices", "sounds", "sound_bytes"} <= {row["queue"] for row in queues}


def test_its_complaints_are_in_the_log(start_server):
    server = start_server("--voice-embedder", EMBEDDER + " --fail")
    wait_until(lambda: lines(server, "no such model"))
    who = account(server.api)
    enroll(server.api, who, wav(400))
    assert identify(server.api, who, who.id, wav(400)) == NOBODY
