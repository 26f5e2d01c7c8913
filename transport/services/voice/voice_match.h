/* Voice match: whose voice a sound is, by embeddings (coaching contract, section 14.1). Pure; any thread. */
#pragma once

#include "transport/services/voice/voice_frame.h"

#define VOICE_LEAD 0.25 /* over the second, by which the best is recognised below the threshold too */

enum { VOICE_EMBEDDINGS_MOST = 100 }; /* of one person */

struct voice_rule {
    double threshold; /* the least score of one who is recognised */
    double margin;    /* ... and their least lead over the second, if there is one */
};

struct voice_verdict {
    int best;        /* of those asked about; -1: there is none */
    double score;    /* theirs; 0 if there is none */
    bool recognised; /* it is them */
};

/* Scores of n people are compared. */
struct voice_verdict voice_judge(const double *scores, size_t n, struct voice_rule rule);

/* How alike: the cosine of the two, from -1 to 1. Neither is all 0. */
double voice_cosine(const float *a, const float *b);

/* How alike the sound and what is known of somebody are: `known` is a JSON list of 192 numbers, or of objects with such a list
 * as "embedding", of which the 90th percentile counts (interpolated between neighbours). False: it is neither. */
bool voice_score(struct text known, const float *sound, double *ret);

/* Appends an embedding as such a list of numbers. */
void voice_put_embedding(struct buf *out, const float *floats);
