/* Worker core: what only the runtime asks of a worker. */
#pragma once

#include "actors/runtime/core.h"
#include "actors/runtime/worker.h"

/* Says whose thread this is from now on. */
void worker_enter(struct worker *w);

/* The system's worker whose thread this is, NULL on a foreign one. */
static inline struct worker *worker_current_of(const struct system *s)
{
    struct worker *w = worker_current();

    return w && w->system == s ? w : NULL;
}

/* Reads the clock if a poll has begun since. Whatever a poll's callback may call and that uses now calls this first. */
void worker_refresh(struct worker *w);

/* Microseconds since 1970 at a moment of worker_clock: the wall clock is read with the other, what has passed since is
 * added. */
int64_t worker_wall_at(const struct worker *w, uint64_t clock);

/* Fires the timers that are due at w->now. */
void worker_fire_timers(struct worker *w);

/* Another thread made this actor's mailbox non-empty: the worker will wake it. True: the queue keeps the caller's
 * reference; false: the actor is in the queue already, or the worker takes nothing any more. Any thread. */
bool worker_inject(struct worker *w, struct actor *a);

/* Asks it to stop after its turn. Any thread. */
void worker_stop(struct worker *w);
