/* Queues: each queue of the system as a row of one table. `lectern admin queues`, /metrics and the table in
 * ARCHITECTURE.md are these rows; a test holds the document against them. Rows never change. */
#pragma once

#include "actors/runtime/worker.h"

enum { QUEUES_MOST = 48 };

/* One worker's; -1: not known there. */
struct queue_numbers {
    int64_t limit, depth, highest; /* highest: since the start */
    int64_t refused;               /* what found no place, since the start */
};

struct queue_row {
    const char *name;  /* label in /metrics; words joined by _ */
    const char *about; /* what waits, as the document says it */
    const char *limit; /* likewise; names of parameters in ` */
    const char *full;  /* what happens when it is full, likewise */
    /* Reads it on its worker's thread; NULL: nobody counts it, since it is bounded where it is made. */
    void (*read)(struct worker *w, struct queue_numbers *ret);
};

/* Ended by a zeroed row; at most QUEUES_MOST. */
extern const struct queue_row queue_rows[];

/* Reads every row; ret has QUEUES_MOST places. Worker's thread. */
void queues_read(struct worker *w, struct queue_numbers *ret);
