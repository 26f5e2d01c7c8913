/* Gate: how many questions of the whole process may be with the model at once, who is next, and whether it is asked at
 * all: after `failures` in a row it is left alone for a while; then one question tries, and its verdict counts. Shared
 * by the workers, with one short lock that is held across nothing else. Times are worker_now().
 *
 * Queue: options.waiting questions wait for a place, in order; full: GATE_FULL. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct gate;

struct gate_options {
    uint32_t places, waiting;
    uint32_t failures; /* in a row, until it is left alone */
    uint64_t rest_ns;  /* for so long */
};

struct gate *gate_create(const struct gate_options *o); /* NULL without memory */
void gate_destroy(struct gate *g);                      /* when nobody is inside any more; NULL is fine */

enum gate_answer {
    GATE_IN,    /* has a place, which ends with gate_leave */
    GATE_WAITS, /* has none yet: the worker is told when one of its questions is next */
    GATE_FULL,
    GATE_RESTS, /* the model is left alone */
};

/* One of this worker's wants a place. */
enum gate_answer gate_enter(struct gate *g, int worker, uint64_t now);

/* Has one of this worker's that wait come to be next? GATE_IN, or GATE_RESTS: then it has no place, and *ret_next is the
 * worker to be told that one of its own is next, -1: none. GATE_WAITS: not yet. */
enum gate_answer gate_next(struct gate *g, int worker, uint64_t now, int *ret_next);

enum gate_verdict {
    GATE_GOOD,
    GATE_BAD,
    GATE_UNKNOWN, /* says nothing about the model */
};

struct gate_left {
    int next;    /* the worker to be told that one of its own is next; -1: none */
    bool closed; /* by this verdict the model is left alone from now on */
    bool opened; /* by this verdict it is asked again */
};

/* Gives a place back. */
struct gate_left gate_leave(struct gate *g, enum gate_verdict verdict, uint64_t now);

/* Numbers for operators. */
struct gate_stats {
    uint32_t inside, limit, waiting, highest; /* limit: of those that wait */
    bool resting;
};
struct gate_stats gate_stats(struct gate *g, uint64_t now);
