"""What a speaker model hears of a sound: 80 mel bands of windows of 25 ms, one every 10 ms, in decibels, less their mean over the whole sound, as
the ECAPA-TDNN of SpeechBrain was trained with them (speechbrain.lobes.features.Fbank, InputNormalization by the sentence)."""
import numpy as np

RATE, WINDOW, STEP, BANDS = 16000, 400, 160, 80
RANGE_DB = 80  # what is quieter than the loudest by more counts as this
LEAST = 1e-10


def mel(hertz):
    return 2595 * np.log10(1 + np.asarray(hertz) / 700)


def bands():
    """A triangle for each band over the frequencies of the transform; its sides are as far away as the next band's middle."""
    middles = 700 * (10 ** (np.linspace(mel(0), mel(RATE / 2), BANDS + 2) / 2595) - 1)
    width = np.diff(middles)[:-1]  # of the band's lower side, taken for both
    frequencies = np.linspace(0, RATE // 2, WINDOW // 2 + 1)
    slope = (frequencies[None, :] - middles[1:-1, None]) / width[:, None]
    return np.maximum(0, np.minimum(slope + 1, 1 - slope)).astype(np.float32)


FILTERS = bands()
HAMMING = (0.54 - 0.46 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def features(samples):
    """Of samples of one channel at 16 kHz, from -1 to 1: an array of (windows, bands)."""
    padded = np.pad(np.asarray(samples, np.float32), WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP] * HAMMING
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
    decibels = 10 * np.log10(np.maximum(power @ FILTERS.T, LEAST))
    decibels = np.maximum(decibels, decibels.max() - RANGE_DB)
    return (decibels - decibels.mean(axis=0)).astype(np.float32)
