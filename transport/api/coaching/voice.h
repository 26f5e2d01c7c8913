/* Voice: what enrolment and identification share (coaching contract, section 14). Worker's thread. */
#pragma once

#include "transport/api/coaching/coaching.h"
#include "transport/services/voice/sound.h"

enum { VOICE_LEAST = SAMPLES_RATE / 2 }; /* samples: a shorter sound is not compared */

/* An upload's `audio`, as it comes; in its request's memory from the first byte on, and as request_data. */
struct voice_upload {
    struct request *rq;
    struct sound *sound; /* NULL once it is given back */
};

extern const struct upload_ops voice_upload_ops;

/* For handlers of uploads, before the work: a recording of the caller's `voices`. False: too many, which has been answered. */
bool voice_spend(struct voice_upload *u);

/* For handlers of uploads: gives the memory of the sound back; before every answer. */
void voice_upload_end(struct voice_upload *u);

/* The samples of a sound are asked for the embedding, and `then` gets it, later: floats borrowed, NULL if there is none.
 * False: too many wait; `then` is not called. There must be an embedder. */
bool voice_embed(struct worker *w, const struct sound *s, void (*then)(void *arg, const float *floats), void *arg);

/* Recalls the voice of a recording, as it is kept: `then` gets its embedding, later or before this returns; NULL if there is
 * none, for whatever reason. */
void voice_recall(struct worker *w, struct text sample, void (*then)(void *arg, const float *floats), void *arg);

/* ---- identification (voice_identify.c) ---- */

extern const struct field voice_identify_form[];
void voice_identify(struct request *rq);
