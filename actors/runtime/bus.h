/* Bus: sending to addresses. It finds the mailbox, activates the actor if need be, and gives a named answer when it
 * cannot. Any thread that belongs to the system may send. Never blocks. */
#pragma once

#include "actors/runtime/worker.h"

/* Sends m to the address. The bus owns m in every case: what cannot be delivered is refused through the kind's refuse
 * function or ACTOR_ERROR to m->reply (ERROR_OVERLOADED when full, ERROR_UNAVAILABLE when quarantined or stopping),
 * then destroyed. */
void bus_send(struct system *s, struct address to, struct message *m);

/* The same, but may use the mailbox's reserve. For messages that must not be lost: a stream's end, a timer. Returns
 * false, and m is still the caller's, only when even the reserve is full or there is no memory for the actor: try again
 * later. */
bool bus_send_urgent(struct system *s, struct address to, struct message *m);

/* Sends an answer to where it is waited for. Takes m. False: that worker's queue is full to the last place, and the
 * answer is lost (counted as dropped); whoever waits runs into their time limit. */
bool bus_reply(struct system *s, struct return_address to, struct message *m);

/* Sends m to the ingress actor of a worker. False when its mailbox is full (m stays the caller's). */
bool bus_to_ingress(struct system *s, int worker, struct message *m);

/* ---- the system: workers, registry, kinds ---- */

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

/* The worker that is home to an address: the same for the same address while the number of workers is the same.
 * Consecutive ids of a kind go to workers in turn. */
struct worker *system_home(struct system *s, struct address a);

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

/* ---- looking inside (any thread; each calls `see` on the home worker's thread) ---- */

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

/* Calls see() for each actor of this worker. Own thread. */
void worker_actors(struct worker *w, void (*see)(const struct actor_info *info, void *arg), void *arg);

/* Calls see() for one actor of this worker; false if it is not active. Own thread. */
bool worker_look(struct worker *w, struct address a, void (*see)(const struct actor_info *info, void *arg), void *arg);

/* Describes one actor of this worker into out as a JSON object; false if it is not active. Own thread. */
bool worker_describe(struct worker *w, struct address a, struct buf *out);

/* Ends an actor's quarantine: it gets one new attempt. False if it is not quarantined here. Own thread. */
bool worker_free_actor(struct worker *w, struct address a);

/* An operator has an actor start anew from the database, which is no failure; or refuse everything with
 * ERROR_UNAVAILABLE until it is released. Either comes once nothing of it is under way. False if it is not active here.
 * Own thread. */
bool worker_restart_actor(struct worker *w, struct address a);
bool worker_confine_actor(struct worker *w, struct address a);

/* Finds a kind by name, for addresses typed by operators: only kinds that have been active or registered. */
bool system_add_kind(struct system *s, const struct actor_kind *kind);
const struct actor_kind *system_kind(const struct system *s, struct text name);

/* Conservation, for tests: sent = handled + refused + dropped. Advisory while running, exact at rest. */
struct bus_counts {
    uint64_t sent, handled, refused, dropped;
};
struct bus_counts system_counts(const struct system *s);
