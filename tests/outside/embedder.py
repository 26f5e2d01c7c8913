#!/usr/bin/python3 -B
"""An embedder of our own, for tests: speaks the protocol of transport/services/voice/README.md and knows pure tones instead of voices. Two tones
are as alike as cos((f - g) / 1000), f and g in Hz, so that a test can choose any score. Some tones do harm: see HARM.

  tests/outside/embedder.py [--never-ready | --fail] [MODEL]
"""
import array
import math
import struct
import sys
import threading

RATE, FLOATS, VERSION = 16000, 192, 1
DIE, HANG, GARBAGE, BOMB, NAN, OTHER, NOTHING, CHATTER = HARM = tuple(range(5000, 7400, 300))


def read(n):
    data = sys.stdin.buffer.read(n)
    if len(data) < n:
        sys.exit(0)
    return data


def say(number, payload=b""):
    sys.stdout.buffer.write(struct.pack("<II", 4 + len(payload), number) + payload)
    sys.stdout.buffer.flush()


def hertz(samples):
    """Of a tone, by how often it changes its sign."""
    above = [s >= 0 for s in samples]
    return sum(a != b for a, b in zip(above, above[1:])) / 2 / (len(samples) / RATE)


def embedding(f):
    return struct.pack(f"<{FLOATS}f", math.cos(f / 1000), math.sin(f / 1000), *[0] * (FLOATS - 2))


def answer(number, f):
    harm = next((h for h in HARM if abs(h - f) < 100), None)
    if harm == DIE:
        sys.exit(1)
    elif harm == HANG:
        threading.Event().wait()
    elif harm == GARBAGE:
        sys.stdout.buffer.write(b"Traceback (most recent call last):\n" * 1000)
        sys.stdout.buffer.flush()
    elif harm == BOMB:
        kept = bytearray(1 << 40)
        say(number, bytes(kept[:FLOATS * 4]))
    elif harm == NAN:
        say(number, struct.pack(f"<{FLOATS}f", *[math.nan] * FLOATS))
    elif harm == OTHER:
        say(number + 1, embedding(f))
    elif harm == NOTHING:
        say(number)
    else:
        if harm == CHATTER:
            sys.stderr.write("all work and no play\n" * 10000)
        say(number, embedding(f))


def main():
    if "--fail" in sys.argv:
        sys.exit("no such model")
    if "--never-ready" not in sys.argv:
        say(0, struct.pack("<I", VERSION))
    while True:
        length, number = struct.unpack("<II", read(8))
        samples = array.array("f", read(length - 4))
        answer(number, hertz(samples))


if __name__ == "__main__":
    main()
