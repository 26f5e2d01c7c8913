/* Voice frame: how the server and an embedder speak over their socket (README.md has the protocol): frames with their
 * length before them. Pure; one owner. */
#pragma once

#include "proto/base/buf.h"

enum { VOICE_FLOATS = 192, VOICE_VERSION = 1 };

struct voice_frame {
    enum {
        VOICE_GREETING,  /* it is ready */
        VOICE_EMBEDDING, /* that of the sound with this id */
        VOICE_NOTHING,   /* the sound with this id has none */
    } kind;
    uint32_t id;
    float floats[VOICE_FLOATS]; /* finite, and not all of them 0 */
};

/* What comes from an embedder while it is read. Begins zeroed. */
struct voice_reader {
    size_t n;
    bool greeted, broken;
    unsigned char bytes[8 + VOICE_FLOATS * 4];
};

/* Reads on, whatever way the bytes are cut, and calls `said` with each frame, borrowed. False: what came is not of this
 * protocol, and nothing is read any more. */
bool voice_reader_feed(struct voice_reader *r, struct text bytes, void (*said)(void *arg, const struct voice_frame *f),
                       void *arg);

/* Appends the frame that asks for the embedding of so many samples (one channel, 16 kHz). */
void voice_frame_put(struct buf *out, uint32_t id, const int16_t *samples, size_t n);
