/* System: workers, kinds and registry together: creation, start, stop. The kinds and homes themselves: kinds.h. */
#pragma once

#include "actors/runtime/bus.h"
#include "actors/runtime/kinds.h"

struct system_options {
    int workers;
    uint64_t seed;               /* simulation only */
    uint32_t restarts, window_s; /* restart intensity; 0, 0 means 3 in 5 s */
};

/* Makes a system that is not running. NULL without memory. Main thread. */
struct system *system_create(const struct system_options *o);

/* The kind of the pinned actor that each worker has for answers and deliveries. Before start. */
bool system_set_ingress(struct system *s, const struct actor_kind *kind);

int system_workers(const struct system *s);
struct worker *system_worker(struct system *s, int index);

/* Starts the worker threads; `begin` runs on each worker's thread before anything else, `end` last, when the actors
 * have been passivated (late calls of actor_unhold and the like do nothing then). False when a thread cannot be had or
 * a `begin` failed: the others are stopped again; `end` does not run where `begin` failed. Main thread. */
bool system_start(struct system *s, bool (*begin)(struct worker *w, void *arg),
                  void (*end)(struct worker *w, void *arg), void *arg);

/* Asks every worker to stop after its current turn and joins them. Main thread, blocking, bounded by the workers' own
 * hooks. */
void system_stop(struct system *s);

/* Frees it with every message that is left; stops it first if need be. NULL is fine. Nobody may send any more. */
void system_destroy(struct system *s);
