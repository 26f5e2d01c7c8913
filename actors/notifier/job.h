/* Job: work of the outbox that a statement does, as a row beside whoever knows of it (struct part.jobs); the notifier
 * makes a courier of each. So a new kind of work is its row and its statement.
 *
 * At least once: the statement may run again after a success that nobody heard of, so what it does it must be able to do
 * twice. What it fails at is done again after growing pauses, then dead (lectern jobs). */
#pragma once

#include "actors/notifier/notifier.h"
#include "store/db.h"

struct job_row {
    const char *kind; /* of the outbox's rows */
    const struct statement
        *statement; /* takes arg.NAME: the member NAME of the payload, a text or a number as its type says */
    uint32_t most;  /* under way at once, 1 to PARCELS_MOST */

    /* What is left to do with the statement's first row; ends the parcel with exactly one notifier_settle, now or later.
     * No row: nobody wants it any more, and the parcel is dropped. NULL: nothing is, whatever the statement gave. */
    void (*then)(struct worker *w, struct parcel *p, const struct db_result *r);
};

/* The courier of such work, on the notifier's home worker, whose databases are there. NULL without memory. */
struct courier *job_courier_create(struct worker *w, const struct job_row *row);

/* After the databases have ended. NULL is fine. */
void job_courier_destroy(struct courier *c);

/* Appends the members of a payload that the statement takes; params borrow from it. False, with what is wrong in why. */
struct json_t; /* jansson's */
bool job_read(const struct statement *st, const struct json_t *payload, struct db_params *params,
              char why[static PARCEL_WHY_SIZE]);
