/* Samples: the sound of a WAV, FLAC or Ogg file as who knows voices wants it: one channel, 16 kHz, 16 bit. Runs in the
 * confined child (store/probe.h). Blocks on the disk. One thread. */
#pragma once

#include "store/media/file.h"

enum {
    SAMPLES_RATE = 16000,
    SAMPLES_SECONDS = 60, /* that are used; what follows is not read */
    SAMPLES_MOST = SAMPLES_SECONDS * SAMPLES_RATE,
    SAMPLES_CHANNELS_MOST = 64,
};

/* Decodes by libsndfile, averages the channels, resamples by libsamplerate. How many samples there are, of SAMPLES_MOST;
 * 0: the file is of no such kind, is broken or has no sound. A file that breaks off has those before. */
size_t media_samples(struct media_file *f, int16_t *samples);
