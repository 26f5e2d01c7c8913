/* Round: has every worker's loop turned since the last time one asked? Unlike a survey it never waits: the workers are
 * asked in one moment and looked at in a later one. A loop that hangs is asked once and not again until it answers. */
#pragma once

#include "actors/runtime/system.h"

#include <pthread.h>

/* Private to round.c; shown for embedding. It must outlive the workers. */
struct round {
    struct system *system;
    pthread_mutex_t lock;
    struct round_place {
        struct round *round;
        bool asked, answered; /* guarded by lock */
    } places[WORKERS_MOST];
};

/* After system_start. */
void round_init(struct round *r, struct system *s);

/* True, and a new round begins, if all have answered since the last one began; asks those who have not been. One
 * thread, not a worker's. */
bool round_done(struct round *r);
