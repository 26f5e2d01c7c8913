/* Pool: work that blocks (password hashing, file probing), done on libuv's threads. Per worker: a bounded queue and a
 * limit on how much runs at once, so slow work holds at most half of the threads. Owners of jobs are served in turns, however
 * many each has. Own thread only; no locks of ours. */
#pragma once

#include "actors/runtime/worker.h"

struct pool;

/* `running`: jobs of this worker that may run at once; `waiting`: jobs that may wait. In the simulation jobs run inline
 * in the order of the seed. NULL without memory. */
struct pool *pool_create(struct worker *w, unsigned running, unsigned waiting);

/* Jobs that wait are cancelled: their `done` runs now, without `work`. Those that run are cancelled when their work
 * ends: what it was for may be gone by then. The last of them frees the pool. NULL is fine. */
void pool_destroy(struct pool *p);

struct pool_job {
    void (*work)(struct pool_job *job); /* on a pool thread */
    void (*done)(struct pool_job *job); /* on the worker's thread; may free the job */
    bool cancelled;                     /* in done: the work has not run, or nobody wants it any more */
    uint64_t owner;                     /* whose it is */
    uint64_t turn;                      /* private */
    struct pool_job *next;              /* private */
    struct pool *pool;                  /* private */
    uv_work_t uv;                       /* private */
};

/* False when the queue is full: the job is still the caller's and the caller answers 503. In a full queue the last job of
 * whoever has most there is cancelled, now, for the job of somebody who has fewer. */
bool pool_submit(struct pool *p, struct pool_job *job);

/* Numbers for operators. `refused`: jobs for which there was no place. */
struct pool_stats {
    unsigned running, waiting, highest, limit; /* highest, limit: of `waiting` */
    uint64_t refused;
};
struct pool_stats pool_stats(const struct pool *p);

unsigned pool_waiting(const struct pool *p);
unsigned pool_limit(const struct pool *p);
