/* Conninfo: connection parameters as libpq wants them, from what an operator writes plus what a connection of ours
 * needs; and the settings of its session, which are given after connecting, since poolers refuse them before. Owner
 * thread only. Knows nothing of loops. */
#pragma once

#include "proto/config/conninfo.h"
#include "store/statement.h"

struct pg_conninfo {
    PQconninfoOption *parsed; /* owns the values of the operator's keywords */
    struct buf settings;      /* of the session, as a JSON object for STORE_SETTINGS; ends with NUL */
    const char *keywords[80], *values[80];
    int n;
};

/* A setting of the session by default; an operator's `options` have the last word. */
struct pg_setting {
    const char *name, *value;
};

/* Reads an address of any form that proto/config/conninfo.h knows. `defaults` ends with a row of NULL, and may be NULL. What
 * our statements depend on (search path, text in UTF-8, times in UTC, ...) is set whatever the operator says. `options`
 * that are no settings stay a keyword. Of several hosts one that takes writes is meant, unless the operator says which.
 * False with a sentence in why. */
bool pg_conninfo_init(struct pg_conninfo *c, const char *conninfo, const struct pg_setting *defaults, struct buf *why);
void pg_conninfo_fini(struct pg_conninfo *c);

/* Adds a keyword unless the operator gave it. Both strings are borrowed. */
void pg_conninfo_add(struct pg_conninfo *c, const char *keyword, const char *value);

/* The value given for a keyword, or NULL. */
const char *pg_conninfo_get(const struct pg_conninfo *c, const char *keyword);

/* Appends libpq's message as one line without its closing line feed. */
void pg_conninfo_put_error(struct buf *why, const char *message);
