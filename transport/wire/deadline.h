/* Deadline: wires by the time at which they are cut. One first-in-first-out list per class, and one duration per class,
 * so setting, moving and looking are O(1). Worker's thread only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum deadline {
    DEADLINE_NONE,    /* its user watches over it */
    DEADLINE_IDLE,    /* nothing is under way: idle-timeout, and the first to go when there is no place */
    DEADLINE_READ,    /* the peer has begun to say something: request-timeout */
    DEADLINE_WRITE,   /* it is slow to take what it is sent: likewise, as long as it takes nothing at all */
    DEADLINE_LINGER,  /* our side is shut down; it may still read */
    DEADLINE_SWALLOW, /* the same, and it is still sending much */
    DEADLINE_COUNT
};

/* Embedded in the wire; always in exactly one list from deadline_add to deadline_remove, after
 * which it may be removed again to no effect. */
struct deadline_link {
    struct deadline_link *next, *prev;
    uint64_t due; /* loop milliseconds */
};

struct deadlines {
    struct deadline_link lists[DEADLINE_COUNT]; /* heads of rings */
    uint64_t ms[DEADLINE_COUNT];
};

void deadlines_init(struct deadlines *d);
void deadline_add(struct deadlines *d, struct deadline_link *link, enum deadline class, uint64_t now);
void deadline_remove(struct deadline_link *link);

/* The first link that is due, NULL if none. Never of DEADLINE_NONE. */
struct deadline_link *deadline_due(struct deadlines *d, enum deadline class, uint64_t now);

/* The first link of a class, NULL if none. */
struct deadline_link *deadline_first(struct deadlines *d, enum deadline class);
