"""What kind of audio a file is and how long, by `lectern probe`: files as browsers, phones and streams write them. Files of real
encoders: tests/store/media_test.c."""
import os
import struct
import subprocess

import pytest

import sounds
from launch import binary
from sounds import (box, cluster, fragment, fragmented, group, m4a, recorded, run_of, simple, track, webm_track)

OPUS_20, OPUS_60 = b"\x08" + bytes(9), b"\x18" + bytes(9)
SOUND_AND_PICTURES = [webm_track(), webm_track(2, 1, b"V_VP8")]


def probe(content, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    with open(path, "rb") as file:
        done = subprocess.run([binary(), "probe"], stdin=file, capture_output=True, timeout=60, check=False)
    lines = done.stdout.decode().splitlines()
    return lines[0], float(lines[1]) if len(lines) > 1 else None


def seconds_of(count, every_ms=20):
    return [simple(i * every_ms, [OPUS_20]) for i in range(count)]


WEBM = {
    "blocks": (recorded(cluster(0, *seconds_of(50))), 1.0),
    "clusters": (recorded(*(cluster(1000 * i, *seconds_of(50)) for i in range(60))), 60.0),
    "clusters that say how long they are": (recorded(*(cluster(1000 * i, *seconds_of(50), known=True) for i in range(3))), 3.0),
    "from the middle": (recorded(cluster(3600000, *seconds_of(50)), cluster(3601000, *seconds_of(50))), 2.0),
    "a last packet of 60 ms": (recorded(cluster(0, *seconds_of(50), simple(1000, [OPUS_60]))), 1.06),
    "groups": (recorded(cluster(0, group(0, [OPUS_20]), group(980, [OPUS_20]))), 1.0),
    "a group that says how long it is": (recorded(cluster(0, group(0, [OPUS_20]), group(500, [OPUS_20], duration=250))), 0.75),
    "padding": (recorded(cluster(0, simple(0, [OPUS_20]), group(980, [OPUS_20], padding=15_000_000))), 0.985),
    "Xiph lacing": (recorded(cluster(0, simple(0, [OPUS_20]), simple(900, [OPUS_20 + bytes(300)] * 5, lacing=1))), 1.0),
    "EBML lacing": (recorded(cluster(0, simple(0, [OPUS_20]), simple(900, [OPUS_20, OPUS_20 + b"x"] * 2 + [OPUS_20], lacing=3))), 1.0),
    "fixed lacing": (recorded(cluster(0, simple(0, [OPUS_20]), simple(900, [OPUS_20] * 5, lacing=2))), 1.0),
    "Vorbis": (recorded(cluster(0, *(simple(i * 25, [b"x"]) for i in range(40))), tracks=[webm_track(codec=b"A_VORBIS")]), 1.0),
    "frames of a default length": (recorded(cluster(0, simple(0, [b"x"]), simple(900, [b"x"])),
                                            tracks=[webm_track(codec=b"A_VORBIS", frame_ns=100_000_000)]), 1.0),
    "microseconds": (recorded(cluster(0, *(simple(i * 20000 % 32768, [OPUS_20]) for i in range(2))), scale=1000), 0.04),
    "a duration that fits": (recorded(cluster(0, *seconds_of(50)), duration=1007.0, known=True), 1.007),
    "a duration up to the last block": (recorded(cluster(0, *seconds_of(50)), duration=980.0, known=True), 1.0),
    "a duration of a longer file": (recorded(cluster(0, *seconds_of(50)), duration=3600000.0, known=True), 1.0),
    "a duration of zero": (recorded(cluster(0, *seconds_of(50)), duration=0.0), 1.0),
    "a duration that is no number": (recorded(cluster(0, *seconds_of(50)), duration=float("nan")), 1.0),
    "cut in a block": (recorded(cluster(0, *seconds_of(50)))[:-5], 0.98),
    "one block": (recorded(cluster(5000, simple(0, [OPUS_20]))), 0.02),
    "no block": (recorded(), None),
}


@pytest.mark.parametrize("name", WEBM)
def test_webm(tmp_path, name):
    content, seconds = WEBM[name]
    kind, found = probe(content, tmp_path)
    assert kind == "audio/webm" and (found is None if seconds is None else abs(found - seconds) < 0.005), (kind, found)


FRAGMENTS = {
    "of the track's default": (fragmented(*(fragment(1, run_of(47), at=47 * 1024 * i) for i in range(10))), 470 * 1024 / 48000),
    "without times": (fragmented(*(fragment(1, run_of(47)) for _ in range(10))), 470 * 1024 / 48000),
    "of the fragment's default": (fragmented(*(fragment(1, run_of(50), units=960) for _ in range(10)), units=0), 10.0),
    "of each sample": (fragmented(fragment(1, run_of(50, units=960), run_of(50, units=480, sizes=False))), 1.5),
    "from the middle": (fragmented(*(fragment(1, run_of(50, units=960), at=48000 * (i + 7200)) for i in range(3))), 3.0),
    "two tracks": (fragmented(fragment(1, run_of(50, units=960)), fragment(2, run_of(30, units=3000)),
                              tracks=[track(), track(2, b"vide", 90000)]), 1.0),
    "behind samples of the header": (fragmented(fragment(1, run_of(50, units=960)), tracks=[track(samples=[(100, 960)])]), 3.0),
    "a header of zero": (fragmented(fragment(1, run_of(50, units=960)), duration=0), 1.0),
    "a header that lies": (fragmented(fragment(1, run_of(50, units=960)), duration=99000), 1.0),
    "with an index": (fragmented(box(b"sidx", bytes(24)), fragment(1, run_of(50, units=960))), 1.0),
    "none": (fragmented(), None),
}


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragments(tmp_path, name):
    content, seconds = FRAGMENTS[name]
    kind, found = probe(content, tmp_path)
    assert kind in ("audio/mp4", "video/mp4")
    assert found is None if seconds is None else abs(found - seconds) < 0.001, found


@pytest.mark.parametrize("content,seconds", [
    (m4a(61.5), 61.5), (m4a(7000, version=1, last=False), 7000), (m4a(60, tracks=[]), 60),
    (m4a(0, tracks=[track(samples=[(100, 960)])]), 2), (m4a(99, tracks=[track(samples=[(100, 960)])]), 2),
    (m4a(1, tracks=[track(samples=[(100, 960)])]), 1),  # edited: half of it is not played
    (m4a(5, tracks=[track(samples=[(100, 960), (50, 1920)])]), 4),
])
def test_whole_mp4(tmp_path, content, seconds):
    assert probe(content, tmp_path) == ("audio/mp4", seconds)


def font():
    """Runs of words that look like headers of short frames: layer I, and free format."""
    return os.urandom(900) + (b"\xff\xff\x10\xc4" + b"x" * 24) * 40 + os.urandom(900) + (b"\xff\xfb\x00\xc4" + b"x" * 8) * 40


KINDS = {
    **{f"brand {brand}": (m4a(brand=brand), "audio/mp4")
       for brand in (b"M4A ", b"M4B ", b"mp42", b"isom", b"iso5", b"dash", b"qt  ", b"3gp4", b"MSNV")},
    "a film": (m4a(brand=b"isom", tracks=[track(), track(2, b"vide")]), "video/mp4"),
    "a film of no sound": (m4a(brand=b"isom", tracks=[track(1, b"vide")]), "none"),
    "a book with pictures": (m4a(brand=b"M4B ", tracks=[track(), track(2, b"vide")]), "audio/mp4"),
    "a photograph": (box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(100)), "none"),
    "a recorded screen": (recorded(cluster(0, simple(0, [OPUS_20])), tracks=SOUND_AND_PICTURES), "video/webm"),
    "a silent screen": (recorded(cluster(0, simple(0)), tracks=[webm_track(1, 1, b"V_VP9")]), "none"),
    "Matroska": (recorded(cluster(0, simple(0, [OPUS_20])), kind=b"matroska"), "audio/webm"),
    "another EBML": (recorded(kind=b"other"), "none"),
    "RF64": (b"RF64\xff\xff\xff\xffWAVE" + sounds.wav()[12:], "audio/wav"),
    "MP3": (sounds.mp3(), "audio/mpeg"),
    "one frame": (sounds.mp3(1), "audio/mpeg"),
    "MP3 in an AVI": (b"RIFF\0\0\0\0AVI LIST" + sounds.mp3(), "none"),
    "AAC": (sounds.adts(), "audio/aac"),
    "HTML": (b"<!DOCTYPE html><html><body>404</body></html>", "none"),
    "a font": (font(), "none"),
    "nothing": (b"", "none"),
    "chance": (os.urandom(1 << 20), "none"),
    "zeros": (bytes(1 << 20), "none"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds(tmp_path, name):
    content, kind = KINDS[name]
    assert probe(content, tmp_path)[0] == kind


VARIABLE = sounds.mp3(60, 320) + sounds.mp3(940, 32)
MP3 = {
    "variable rate": (VARIABLE, 1000),
    "variable rate the other way": (sounds.mp3(940, 32) + sounds.mp3(60, 320), 1000),
    "behind a picture": (sounds.id3(3_000_000) + VARIABLE, 1000),
    "behind two tags": (sounds.id3(3000) + sounds.id3(100) + VARIABLE, 1000),
    "behind zeros": (bytes(2_000_000) + VARIABLE, 1000),
    "behind junk": (b"ICY 200 OK\r\nicy-name: radio\r\n\r\n" + VARIABLE, 1000),
    "short, behind junk": (b"junk " * 9000 + sounds.mp3(5), 5),
    "behind a part of a frame": (sounds.mp3_frame(320)[77:] + VARIABLE, 1000),
    "before a tag": (VARIABLE + b"TAG" + b"x" * 125, 1000),
    "cut in its last frame": (VARIABLE[:-50], 999),
    "joined, with the tag between": (VARIABLE + sounds.id3(5000) + VARIABLE, 2000),
    "junk between": (VARIABLE + b"\xff\xfb junk" * 50 + VARIABLE, 2000),
}


@pytest.mark.parametrize("name", MP3)
def test_mp3(tmp_path, name):
    content, frames = MP3[name]
    kind, found = probe(content, tmp_path)
    assert kind == "audio/mpeg" and abs(found - sounds.mp3_seconds(frames)) < 0.06, found


def test_wav_from_a_stream(tmp_path):
    """A header that was written before anybody knew how long it would be."""
    whole = sounds.wav(2.0)
    for size in (0xFFFFFFFF, 0x7FFFFFFF, 0):
        content = whole[:4] + struct.pack("<I", size) + whole[8:40] + struct.pack("<I", size) + whole[44:]
        assert probe(content, tmp_path) == ("audio/wav", 2.0), hex(size)


def test_a_child_reads_what_it_is_given_and_nothing_else(tmp_path):
    """A pipe is no file; a closed input is none either. It ends in both cases."""
    done = subprocess.run([binary(), "probe"], input=sounds.wav(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, b"none\n")
