"""A speaker model in an ONNX file: features in, 192 floats out."""
import numpy as np
import onnxruntime

from features import BANDS, features

FLOATS = 192


class Model:
    """The first input takes features, as (1, windows, 80) or (1, 80, windows); a second one the share of them that counts, all of it."""

    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # sounds differ in length: what one took goes back
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        inputs = self.session.get_inputs()
        if len(inputs[0].shape) != 3 or BANDS not in inputs[0].shape[1:] or len(inputs) > 2:
            raise ValueError(f"the model wants {[(i.name, i.shape) for i in inputs]}, not features of {BANDS} bands")
        self.names = [i.name for i in inputs]
        self.turned = inputs[0].shape[2] != BANDS

    def embed(self, samples):
        """192 floats, or None if it has nothing to say of them."""
        heard = features(samples)
        given = {self.names[0]: (heard.T if self.turned else heard)[None]}
        if len(self.names) > 1:
            given[self.names[1]] = np.ones(1, np.float32)
        floats = np.asarray(self.session.run(None, given)[0], np.float32).ravel()
        if floats.size != FLOATS:
            raise ValueError(f"the model gives {floats.size} floats, not {FLOATS}")
        return floats if np.isfinite(floats).all() and floats.any() else None
