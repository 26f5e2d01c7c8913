/* Memory: where one worker's memory is, row by row, and the sum over workers. What a part holds is rows beside it
 * (actors/part.h); what actors hold is counted here, of rooms apart. Taking it looks at every actor, connection and
 * stream of the worker: some milliseconds where there are tens of thousands. */
#pragma once

#include "actors/part.h"

enum { MEMORY_ROWS_MOST = 32, MEMORY_KINDS_MOST = 8 };

struct memory_sample {
    uint64_t answered;                           /* workers */
    struct memory_amount rows[MEMORY_ROWS_MOST]; /* in the order of memory_row_at */
    /* actors by kind, rooms with their rings; name NULL: no more */
    struct memory_kind {
        const char *name;
        struct memory_amount amount;
    } kinds[MEMORY_KINDS_MOST];
};

/* Whose rows they are beside those of actors. At start, before anything reads them. Main thread. */
void memory_use(const struct part *const *parts);

/* The row of that number, from 0; NULL behind the last. Any thread. */
const struct memory_row *memory_row_at(int i);
/* The amount of the row of that name; NULL if there is no such row. */
const struct memory_amount *memory_of(const struct memory_sample *s, const char *name);

/* Worker's thread, while its parts are there. */
void memory_take(struct worker *w, struct memory_sample *ret);

/* Adds one worker's to a sum that began zeroed. */
void memory_add(struct memory_sample *sum, const struct memory_sample *one);

/* Bytes of all rows. */
uint64_t memory_bytes(const struct memory_sample *s);
