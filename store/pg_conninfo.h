/* Conninfo: connection parameters as libpq wants them, from what an operator writes plus what a connection of ours
 * needs. Owner thread only. Knows nothing of loops. */
#pragma once

#include "proto/buf.h"

#include <libpq-fe.h>

struct pg_conninfo {
    PQconninfoOption *parsed; /* owns the values of the operator's keywords */
    char *options;            /* server settings: ours, then the operator's, who has the last word */
    const char *keywords[80], *values[80];
    int n;
};

/* The form libpq reads, of postgresql+asyncpg://… and the like; other forms are copied. The caller frees. NULL without
 * memory. */
char *pg_conninfo_plain(const char *conninfo);

/* Reads conninfo, which must be in a form libpq reads. `options` ("-c name=value …") may be NULL. False with a sentence
 * in why. */
bool pg_conninfo_init(struct pg_conninfo *c, const char *conninfo, const char *options, struct buf *why);
void pg_conninfo_fini(struct pg_conninfo *c);

/* Adds a keyword unless the operator gave it. Both strings are borrowed. */
void pg_conninfo_add(struct pg_conninfo *c, const char *keyword, const char *value);

/* The value given for a keyword, or NULL. */
const char *pg_conninfo_get(const struct pg_conninfo *c, const char *keyword);

/* Appends libpq's message as one line without its closing line feed. */
void pg_conninfo_put_error(struct buf *why, const char *message);
