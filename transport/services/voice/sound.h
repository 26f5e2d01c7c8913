/* Sound: what somebody sends to be heard: gathered in memory as it comes, never on the disk, and then decoded by the
 * confined child (store/probe.h), for which a thread of the pool waits. And how a recording is kept. Worker's thread. */
#pragma once

#include "actors/runtime/pool.h"
#include "proto/base/buf.h"
#include "store/media/samples.h"

/* ---- all of one worker ---- */

enum {
    SOUNDS_MOST = 128, /* each has a descriptor */
    SOUNDS_WAITING_MOST = 32,
    SOUNDS_BYTES_MOST = 128 << 20, /* of all that are gathered */
};

struct sounds;

struct sounds *sounds_create(struct worker *w); /* NULL without memory */
/* The worker is stopping: sounds that are being decoded end as unknown, and the last one frees it. NULL is fine. */
void sounds_close(struct sounds *s);

struct sounds_stats {
    struct pool_stats decoding;
    uint32_t alive;
    uint64_t bytes, highest, refused; /* gathered now, ever at once; sounds for which there was no room */
};
struct sounds_stats sounds_stats(const struct sounds *s); /* all zero of NULL */

/* ---- one ---- */

struct sound;

/* NULL without memory, and when there are too many. */
struct sound *sound_create(struct sounds *s);

/* Takes bytes (copied). False: there is no room for them. */
bool sound_put(struct sound *s, struct text bytes);

/* How many it has taken. */
size_t sound_size(const struct sound *s);

/* How decoding ended. */
enum sound_end {
    SOUND_DECODED,
    SOUND_NONE,    /* it is no sound that can be decoded */
    SOUND_UNKNOWN, /* nothing is known of it: no child could be begun, or the server stops */
};

/* Decodes it, then `done`, later. False: too many wait, and done is not called. The sound must not be destroyed meanwhile. */
bool sound_decode(struct sound *s, void (*done)(void *arg, enum sound_end how), void *arg);

/* After SOUND_DECODED: one channel, SAMPLES_RATE, at least one. Borrowed until it is destroyed. */
const int16_t *sound_samples(const struct sound *s, size_t *ret_n);

void sound_destroy(struct sound *s); /* NULL is fine */

/* ---- as it is kept: a WAV of that form, in base64 ---- */

void recording_put(struct buf *out, const int16_t *samples, size_t n);

/* Puts the bytes of a recording into the sound. False: it is no base64, or there is no room. */
bool recording_read(struct text base64, struct sound *s);
