"""Voices for the tests: tones, which the stand-in embedder (tests/outside/embedder.py) tells apart, in files of several formats, and enrolment."""
import array
import ctypes
import io
import math
import os
import shlex
import struct
import sys
import tempfile
import wave
from pathlib import Path

from client import file_form

OUTSIDE = Path(__file__).resolve().parents[1] / "outside"
sys.path.insert(0, str(OUTSIDE))
import embedder as stand_in  # noqa: E402  its tones

EMBEDDER = shlex.quote(str(OUTSIDE / "embedder.py"))
RATE = 16000
UNKNOWN = "00000000-0000-4000-8000-000000000000"
NOBODY = {"user_id": None, "similarity_score": 0.0}


def tone(hertz, seconds=1.0, rate=RATE):
    return array.array("h", (round(8000 * math.sin(2 * math.pi * hertz * (i + 0.5) / rate)) for i in range(round(seconds * rate))))


def wav(hertz=440, seconds=1.0, rate=RATE, channels=1):
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(array.array("h", (s for s in tone(hertz, seconds, rate) for _ in range(channels))).tobytes())
    return out.getvalue()


def lying(rate=RATE, channels=1, bits=16, tag=1, samples=None, size=None, before=b""):
    """A WAV whose head says what it is told to; of a second, if it says the truth."""
    samples = tone(440).tobytes() if samples is None else samples
    frame = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * frame & 0xffffffff, frame & 0xffff, bits)
    size = len(samples) if size is None else size
    return b"RIFF" + struct.pack("<I", size) + b"WAVEfmt " + struct.pack("<I", len(head)) + head + before + b"data" + struct.pack("<I", size) + samples


class Format(ctypes.Structure):
    """SF_INFO of libsndfile."""
    _fields_ = [("frames", ctypes.c_int64), ("rate", ctypes.c_int), ("channels", ctypes.c_int), ("format", ctypes.c_int),
                ("sections", ctypes.c_int), ("seekable", ctypes.c_int)]


FLAC, VORBIS, OPUS, AIFF = 0x170002, 0x200060, 0x200064, 0x020002


def encoded(kind, hertz=440, seconds=1.0, rate=48000):
    """The tone in another format, by libsndfile; at 0 Hz silence."""
    library = ctypes.CDLL("libsndfile.so.1")
    library.sf_open.restype = ctypes.c_void_p
    samples = tone(hertz, seconds, rate) if hertz else array.array("h", bytes(2 * round(seconds * rate)))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sound")
        file = library.sf_open(path.encode(), 0x20, ctypes.byref(Format(0, rate, 1, kind, 0, 0)))
        assert file
        file = ctypes.c_void_p(file)
        library.sf_write_short(file, (ctypes.c_short * len(samples)).from_buffer(samples), ctypes.c_int64(len(samples)))
        library.sf_close(file)
        return Path(path).read_bytes()


def quality(seconds):
    """Of a sound of that length (coaching contract, section 14.2): by its bytes as a WAV of 16 kHz and 16 bit."""
    return min(0.95, 0.7 + ((44 + 2 * round(seconds * RATE)) / 32000 / 10) * 0.25)


def begin(api, who):
    begun = api.post("/v1/voice/enrollment/start", token=who.token)
    assert begun.status == 200, begun
    return begun.json()["enrollment_id"]


def upload(api, who, enrollment, audio, name="audio"):
    kind, body = file_form({}, name, "recording.wav", "audio/wav", audio)
    return api.call("PUT", f"/v1/voice/enrollment/{enrollment}/audio", token=who.token, content_type=kind, body=body)


def complete(api, who, enrollment):
    return api.post(f"/v1/voice/enrollment/{enrollment}/complete", token=who.token)


def enroll(api, who, audio):
    enrollment = begin(api, who)
    uploaded = upload(api, who, enrollment, audio)
    assert (uploaded.status, uploaded.json()) == (200, {"ok": True}), uploaded
    done = complete(api, who, enrollment)
    assert done.status == 200, done
    return done.json()


def forget(api, who):
    return api.call("DELETE", "/v1/voice/profile", token=who.token)


def ask(api, who, candidates, audio):
    kind, body = file_form({"candidate_user_ids": candidates if isinstance(candidates, str) else ",".join(candidates)}, "audio", "last.wav",
                           "audio/wav", audio)
    return api.post("/v1/voice/identify", token=who.token, content_type=kind, body=body)


def identify(api, who, candidates, audio):
    told = ask(api, who, candidates, audio)
    assert told.status == 200, told
    return told.json()


def likeness(hertz, others):
    """What the stand-in makes of two tones."""
    return math.cos((hertz - others) / 1000)
