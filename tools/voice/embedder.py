#!/usr/bin/env python3
"""The embedder of voices: speaks the protocol of transport/services/voice/README.md, and knows voices by a model in an ONNX file, such as the
ECAPA-TDNN of SpeechBrain. Begun by the server: embedder MODEL."""
import os
import struct
import sys

import numpy as np

from model import Model

VERSION = 1


def read(stream, n):
    data = stream.read(n)
    if len(data) < n:
        sys.exit(0)  # the server has ended, or has done with us
    return data


def say(stream, number, payload=b""):
    stream.write(struct.pack("<II", 4 + len(payload), number) + payload)
    stream.flush()


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: embedder MODEL")
    heard, said = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is none of the protocol
    model = Model(sys.argv[1])
    model.embed(np.zeros(16000, np.float32))  # it fails now or never, and the first sound is as fast as the others
    say(said, 0, struct.pack("<I", VERSION))
    while True:
        length, number = struct.unpack("<II", read(heard, 8))
        floats = model.embed(np.frombuffer(read(heard, length - 4), "<f4"))
        say(said, number, b"" if floats is None else floats.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
