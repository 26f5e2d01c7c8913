#!/usr/bin/python3 -B
"""A small speaker model with the shapes of an ECAPA-TDNN: (1, windows, 80) features in, (1, 192) floats out. It knows voices by how much each band
moves and how bands move together with the next ones, less what is common to some voices, which are given as files of sound:

  tests/voice/speaker_model.py MODEL.onnx VOICE.wav...      (16 kHz, one channel, 16 bit; needs numpy, onnx)
"""
import sys
import wave
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/voice"))
from features import BANDS, features  # noqa: E402

FLOATS, APART = 192, (0, 1, 3)  # bands that are compared


def statistics(heard):
    return np.concatenate([(heard[:, :BANDS - n] * heard[:, n:]).mean(axis=0) for n in APART])


def shape(heard):
    s = statistics(heard)
    return s / np.linalg.norm(s)


def read(path):
    with wave.open(path) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float32) / 32768


def model(sounds):
    common = np.mean([shape(features(s)) for s in sounds], axis=0).astype(np.float32)
    spread = np.random.default_rng(14).standard_normal((common.size, FLOATS)).astype(np.float32)
    numbers = {"common": common[None], "spread": spread}
    nodes, parts = [], []
    for n in APART:
        for name, begin, end in (("low", 0, BANDS - n), ("high", n, BANDS)):
            numbers |= {f"{name}{n}_begin": np.array([begin], np.int64), f"{name}{n}_end": np.array([end], np.int64), "axis": np.array([2], np.int64)}
            nodes.append(helper.make_node("Slice", ["features", f"{name}{n}_begin", f"{name}{n}_end", "axis"], [f"{name}{n}"]))
        nodes += [helper.make_node("Mul", [f"low{n}", f"high{n}"], [f"product{n}"]),
                  helper.make_node("ReduceMean", [f"product{n}"], [f"part{n}"], axes=[1], keepdims=0)]
        parts.append(f"part{n}")
    nodes += [helper.make_node("Concat", parts, ["statistics"], axis=1), helper.make_node("LpNormalization", ["statistics"], ["shape"], axis=1, p=2),
              helper.make_node("Sub", ["shape", "common"], ["own"]), helper.make_node("MatMul", ["own", "spread"], ["embedding"])]
    graph = helper.make_graph(nodes, "speaker", [helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, "windows", BANDS])],
                              [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, FLOATS])],
                              [numpy_helper.from_array(value, name) for name, value in numbers.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    made.ir_version = 8
    checker.check_model(made)
    return made


if __name__ == "__main__":
    save(model([read(path) for path in sys.argv[2:]]), sys.argv[1])
