/* Supervision: the record that an actor has once it has failed: its last failures, and what an operator wants. Knows no
 * actor and no clock. Home worker. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What an operator wants instead of what a failure leads to. */
enum supervision_order { ORDER_NONE, ORDER_RESTART, ORDER_CONFINE };

struct supervision {
    char *why;            /* of the last failure; NULL without memory for it */
    uint32_t restarts;    /* ever */
    uint32_t allowed;     /* failures within the window, immutable */
    uint32_t count, next; /* failures remembered in at[], and where the next goes */
    bool loading;         /* the last failure was in activation: pause before the next attempt */
    uint8_t ordered;      /* enum supervision_order */
    bool confined;        /* in a quarantine that an operator ordered */
    uint64_t at[];        /* when the last failures were: as many as are allowed */
};

/* NULL without memory. destroy: NULL is fine. */
struct supervision *supervision_create(uint32_t allowed);
void supervision_destroy(struct supervision *v);

/* The reason of a failure; NULL: unknown. */
void supervision_note(struct supervision *v, const char *why, bool loading);

/* Remembers a failure now; true when there have been more within the window than are allowed. */
bool supervision_too_many(struct supervision *v, uint64_t now, uint64_t window_ns);

/* How many of those remembered are within the window. */
uint32_t supervision_recent(const struct supervision *v, uint64_t now, uint64_t window_ns);

/* Every remembered failure counts as if it had just happened: the next one within the window is one too many. */
void supervision_put_on_probation(struct supervision *v, uint64_t now);
