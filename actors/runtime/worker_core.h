/* Worker core: what drives a worker: its ready queue, what others inject, its timers and hooks. Knows no loop:
 * worker_uv.c and sim.c call these. Private to actors/runtime. */
#pragma once

#include "actors/runtime/core.h"

struct worker *worker_create(struct system *s, int index, uint64_t seed);
void worker_destroy(struct worker *w);

/* Says whose thread this is from now on. */
void worker_enter(struct worker *w);

/* Reads the clock if a poll has begun since. Whatever a poll's callback may call and that uses now calls this first. */
void worker_refresh(struct worker *w);

/* Takes what other threads have sent: runs the calls, makes the actors ready. False once the worker has been asked to
 * stop. */
bool worker_take(struct worker *w);

/* True when nothing has been sent since worker_take; from then on the next sender wakes the worker. */
bool worker_may_sleep(struct worker *w);

/* Runs the ready actor number `which` of the queue. */
void worker_run_one(struct worker *w, uint32_t which);

/* Fires the timers that are due at w->now. */
void worker_fire_timers(struct worker *w);

void worker_end_turn(struct worker *w);

/* A whole turn after the clock was read: take, fire, run within bounds, hooks. False once asked to stop. */
bool worker_turn(struct worker *w);

/* Another thread made this actor's mailbox non-empty. Consumes the caller's reference. Any thread. */
void worker_inject(struct worker *w, struct actor *a);

/* Asks it to stop after its turn. Any thread. */
void worker_stop(struct worker *w);

/* Takes nothing any more, runs the calls that are left, and stops every actor; their memory stays for late callbacks of
 * the worker's own services. Own thread. */
void worker_close(struct worker *w);

/* Gives up the actors. After the services have ended. */
void worker_release(struct worker *w);

/* worker_uv.c: a thread with a loop. start: false when there is no thread, memory or descriptor for it. begun: waits
 * until `begin` has run and says what it returned. */
bool worker_uv_start(struct worker *w);
bool worker_uv_begun(struct worker *w);
void worker_uv_join(struct worker *w);
