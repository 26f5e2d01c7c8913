"""Voices as people have them (espeak-ng's), by the embedder of tools/voice and a real model file of our own (speaker_model.py). A part of its own,
since it installs onnxruntime: tools/test voice."""
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path.insert(0, str(TOP / "tests/api"))
from client import wait_until  # noqa: E402
from coaching import couple  # noqa: E402
from launch import Server, binary  # noqa: E402
from voices import NOBODY, enroll, identify  # noqa: E402

FOLDER = Path(os.environ.get("LECTERN_VOICE_FOLDER", TOP / "build/voice-tests"))
SAID = ("the quick brown fox jumps over the lazy dog and runs away", "please call me tomorrow when you have found the time",
        "we talked about the weather and about nothing else")
ADA, BEN, OTHERS = "en-us+f2", "en-us+m7", ("en-us+m1", "en-us+m3", "en-us+f4", "en-gb+f1")


def speech(folder, voice, words):
    """The path of a WAV, as espeak-ng makes it: 22050 Hz."""
    path = folder / f"{voice}-{len(words)}.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-w", path, words], check=True, timeout=60)
    return path


def resampled(path):
    """The same at 16 kHz, by the command."""
    with path.open("rb") as file:
        samples = subprocess.run([binary(), "decode"], stdin=file, stdout=subprocess.PIPE, check=True, timeout=60).stdout[4:]
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(samples)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("voices")


@pytest.fixture(scope="module")
def server(folder):
    sounds = [resampled(speech(folder, voice, SAID[0])) for voice in (ADA, BEN, *OTHERS)]
    own = Server("--voice-embedder", f"'{FOLDER}/embedder'")
    model = Path(own.folder) / "speaker.onnx"  # where a server that has given up root's rights can read it
    own.options += ["--voice-model", str(model)]
    try:
        subprocess.run(["/usr/bin/python3", "-B", HERE / "speaker_model.py", model, *sounds], check=True, timeout=120)
        own.start()
        wait_until(lambda: "the embedder is ready" in own.stderr())
        yield own
        own.stop()
    finally:
        own.remove()


def test_people_are_known_by_what_they_have_never_said(server, folder):
    ada, ben, _ = couple(server.api)
    heard = {who: [speech(folder, voice, words).read_bytes() for words in SAID] for who, voice in ((ada, ADA), (ben, BEN))}
    for who, sounds in heard.items():
        enroll(server.api, who, sounds[0])
    for who, sounds in heard.items():
        for sound in sounds[1:]:
            told = identify(server.api, ada, (ada.id, ben.id), sound)
            assert told["user_id"] == who.id and told["similarity_score"] > 0.5
    other = identify(server.api, ada, ada.id, heard[ben][1])
    assert other["user_id"] is None and other["similarity_score"] < 0.3


def test_silence_is_nobody(server, folder):
    ada, _, _ = couple(server.api)
    enroll(server.api, ada, speech(folder, ADA, SAID[0]).read_bytes())
    silent = folder / "silent.wav"
    with wave.open(str(silent), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(bytes(64000))
    told = identify(server.api, ada, ada.id, silent.read_bytes())
    assert told == NOBODY or told["user_id"] is None
    assert "begun again" not in server.stderr()
