/* Inspect: what operators and tests see of a system, its workers and their actors, and what operators order. Own thread of
 * the worker, unless said otherwise. */
#pragma once

#include "actors/runtime/actor.h"
#include "actors/runtime/numbers.h"

struct system;
struct worker;

struct actor_info {
    struct address address;
    const char *state; /* "parked", "ready", "running", "waiting", "quarantined" */
    uint64_t serial, messages, restarts, idle_ns;
    uint64_t cpu_ns; /* time of its runs, by the clock on the wall: a run that was interrupted looks longer */
    uint64_t memory; /* bytes of the actor, its state, and what the kind says that the state holds; not of its mail */
    uint32_t depth, highest, limit;
    const char *why;           /* of the last failure, or NULL */
    const struct actor *actor; /* for the kind's own functions that look; NULL while the state is half-built */
};

/* Calls see() for each actor of this worker. */
void worker_actors(struct worker *w, void (*see)(const struct actor_info *info, void *arg), void *arg);

/* Calls see() for one actor of this worker; false if it is not active. */
bool worker_look(struct worker *w, struct address a, void (*see)(const struct actor_info *info, void *arg), void *arg);

/* Describes one actor of this worker into out as a JSON object; false if it is not active. */
bool worker_describe(struct worker *w, struct address a, struct buf *out);

/* Ends an actor's quarantine: it gets one new attempt. False if it is not quarantined here. */
bool worker_free_actor(struct worker *w, struct address a);

/* An operator has an actor start anew from the database, which is no failure; or refuse everything with
 * ERROR_UNAVAILABLE until it is released. Either comes once nothing of it is under way. False if it is not active
 * here. */
bool worker_restart_actor(struct worker *w, struct address a);
bool worker_confine_actor(struct worker *w, struct address a);

/* What the worker has measured since it began, and its mailboxes now. */
void worker_measure(const struct worker *w, struct worker_measures *ret);

/* Of all workers and of the threads that are none. Any thread. */
struct bus_counts system_counts(const struct system *s);
