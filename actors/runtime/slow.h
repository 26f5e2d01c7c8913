/* Slow: what took longer on a worker than it should: turns of actors (`slow-turn`) and requests (`slow-request`), with
 * what they did. Own thread. What is not slow costs one comparison.
 *
 * Queue: SLOW_PLACES entries per worker. Full: the oldest is overwritten; the counts know of all. */
#pragma once

#include "actors/runtime/actor.h"
#include "proto/base/ring.h"

enum { SLOW_PLACES = 256 };

enum slow_what { SLOW_TURN, SLOW_REQUEST, SLOW_WHAT_COUNT };

struct slow_entry {
    enum slow_what what;
    int64_t at; /* microseconds since 1970: when it was over; worker_slow_note fills it in */
    int64_t took_us;

    /* of a turn */
    struct address actor;
    const char *type; /* static: of its last message; NULL: it had none */
    uint32_t messages;

    /* of a request */
    const void *route; /* the transport's */
    int64_t wait_us;   /* for the database or a room; -1: for neither */
    int32_t status, user;
    uint32_t number, bytes; /* number: as in traces; bytes: of its body */
};

struct worker;

/* limit_ms: of the parameter, 0: nothing is slow. */
static inline bool slow_is(uint64_t took_ns, int64_t limit_ms)
{
    return limit_ms && took_ns >= (uint64_t)limit_ms * 1000000;
}

/* One worker's; NULL without memory. destroy: NULL is fine. */
struct slow;
struct slow *slow_create(void);
void slow_destroy(struct slow *s);

void worker_slow_note(struct worker *w, const struct slow_entry *e);

/* The entries, of which those before worker_slow_first have been forgotten. */
const struct ring *worker_slow_entries(const struct worker *w);
uint64_t worker_slow_first(const struct worker *w);
void worker_slow_forget(struct worker *w);

/* How many of each since the start, forgotten ones too. */
struct slow_counts {
    uint64_t of[SLOW_WHAT_COUNT];
};
struct slow_counts worker_slow_counts(const struct worker *w);
