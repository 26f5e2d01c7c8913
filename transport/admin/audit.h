/* Audit: who changed what through the admin socket. The log says it at once; the row in operations.audit is written by
 * one worker's database connection, later when the database is away, so that no command waits for it.
 *
 * Rows older than audit-keep-days are forgotten, a thousand at a time, now and then.
 *
 * Queue: AUDIT_MOST entries that wait for the database. Full: the oldest gets no row; the log has had it. */
#pragma once

#include "actors/part.h"
#include "transport/admin/command.h"

enum { AUDIT_MOST = 256, AUDIT_TEXT_MAX = 4000 };

struct audit;

extern const struct part audit_part;

/* The part's, from prepare to finish. */
struct audit *audit_of_server(void);

struct audit *audit_create(void);    /* main thread; NULL without memory */
void audit_destroy(struct audit *a); /* after the workers have ended; says how many rows are not written */

/* A command that changes something has run: `words` are what was asked, `failed` is the sentence it failed with, absent
 * if it did not. Thread of the admin. a may be NULL: then only the log says it. */
void audit_tell(struct audit *a, const struct admin_call *call, const char *const *words, size_t n, struct text failed);

/* The worker that writes the rows; needs the worker's databases. On its thread. False without memory. */
bool audit_open(struct audit *a, struct worker *w);
struct audit_stats {
    uint32_t waiting, highest;
    uint64_t lost; /* entries without a row, since the start */
};
struct audit_stats audit_stats(struct audit *a); /* any thread */

/* Before the databases close: nothing more is begun. */
void audit_close(struct audit *a);
/* Is nothing left to write, or nowhere to write it? */
bool audit_idle(struct audit *a);
