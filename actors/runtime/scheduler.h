/* Scheduler: a worker's turn: what others have sent, the timers that are due, the actors that are ready, the hooks. Knows
 * no loop: worker_uv.c and sim.c drive it. Own thread. */
#pragma once

#include "actors/runtime/core.h"

/* NULL without memory. */
struct worker *worker_create(struct system *s, int index, uint64_t seed);
void worker_destroy(struct worker *w);

/* Takes what other threads have sent: runs the calls, makes the actors ready. False once the worker has been asked to
 * stop. */
bool worker_take(struct worker *w);

/* True when nothing has been sent since worker_take; from then on the next sender wakes the worker. */
bool worker_may_sleep(struct worker *w);

/* Runs the ready actor number `which` of the queue. */
void worker_run_one(struct worker *w, uint32_t which);

/* Calls the hooks. */
void worker_end_turn(struct worker *w);

/* A whole turn after the clock was read: take, fire, run within bounds, hooks. False once asked to stop. */
bool worker_turn(struct worker *w);

/* Takes nothing any more, runs the calls that are left, and stops every actor; their memory stays for late callbacks of
 * the worker's own services. */
void worker_close(struct worker *w);

/* Gives up the actors. After the services have ended. */
void worker_release(struct worker *w);
