/* Worker: one thread, one loop, the actors whose home it is. It never blocks. A loop turn: take what others sent, run
 * ready actors (a batch each), poll sockets (not waiting if something is ready), then call the end-of-turn hooks once.
 * This is what it offers to whoever runs on it; scheduler.c has the turn, which worker_uv.c drives in production and sim.c
 * in the simulation. */
#pragma once

#include "actors/runtime/numbers.h"
#include "actors/runtime/timer.h"

#include <stdbool.h>
#include <uv.h>

struct system;
struct worker;

enum { WORKERS_MOST = 64 };

/* Nanoseconds of the worker's monotonic clock, read once per turn and once more for the callbacks of a poll; the
 * simulation's clock there. Own thread. */
uint64_t worker_now(const struct worker *w);

/* Microseconds since 1970 UTC by the worker's wall clock (the simulation's there). Own thread. */
int64_t worker_wall(const struct worker *w);

/* A random number from the worker's generator (seeded in the simulation). Own thread. */
uint64_t worker_random(struct worker *w);

int worker_index(const struct worker *w);
struct system *worker_system(const struct worker *w);

/* The libuv loop, NULL in the simulation. Own thread. */
uv_loop_t *worker_loop(struct worker *w);

/* The worker whose thread this is, NULL on a foreign thread. */
struct worker *worker_current(void);

/* Per-worker services, set by whoever starts the worker, before it runs: a small fixed array of named slots, so that
 * actors find their persistence, ids and database without globals. */
enum worker_service {
    SERVICE_DB_READ,
    SERVICE_DB_SLOW,
    SERVICE_DB_WRITE,
    SERVICE_PERSISTENCE,
    SERVICE_RECENT,
    SERVICE_IDS,
    SERVICE_COURIERS,
    SERVICE_PUBLISHING,
    SERVICE_PULSE,
    SERVICE_MODEL,
    SERVICE_TRANSPORT,
    SERVICE_COUNT
};
void worker_set_service(struct worker *w, enum worker_service slot, void *service);
void *worker_service(const struct worker *w, enum worker_service slot);

/* Calls hook(arg) whenever actors have had their turn: after each poll and again before the next one, so that whatever
 * callbacks and actors queued leaves before the worker sleeps. In order of registration. At most 8. */
void worker_at_end_of_turn(struct worker *w, void (*hook)(void *arg), void *arg);

/* A coarse timer for the worker's own services (not actors): hook(arg) every `ns`, until the worker ends. At most 8. In
 * `begin` or later; own thread. */
void worker_every(struct worker *w, uint64_t ns, void (*hook)(void *arg), void *arg);

/* Arms the timer, or moves it; stop is fine when it is not armed. Own thread. */
void worker_timer_start(struct worker *w, struct timer *t, uint64_t ns);
void worker_timer_stop(struct worker *w, struct timer *t);

/* Runs fn(arg) on the worker's thread soon. Any thread. Allocates; false without memory or when the worker is stopping.
 * For control (admin, start, stop), not for traffic. */
bool worker_call(struct worker *w, void (*fn)(struct worker *w, void *arg), void *arg);

/* Advisory numbers for operators. Own thread. */
struct worker_stats worker_stats(const struct worker *w);

/* The monotonic clock now, for measuring: does not move worker_now. Own thread. */
uint64_t worker_clock(const struct worker *w);

/* When the worker began its last turn, by the clock of worker_now. A worker has one every 50 milliseconds at least. Any
 * thread. */
uint64_t worker_beat(const struct worker *w);
