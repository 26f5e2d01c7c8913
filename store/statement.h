/* Statement: one prepared SQL statement, compiled in from store/sql/<area>/<name>.sql. Immutable; any thread.
 *
 * The build reads three comment lines at the top of each file:
 *   -- NAME: what it does (text of the manual and of errors at build time)
 *   -- takes: source.name type, ...     where each parameter comes from, in the order $1, $2, ...
 *   -- gives: name type, ...            the columns of the answer; or nothing. C code reads them by an enum that is
 *                                       made of the two names: NAME_COLUMN
 *   -- refuses: SYMBOL, ...            optional: rows of proto/errors.h whose texts stand in the SQL as :'SYMBOL'
 *   -- batch: N                         optional: it takes arrays (type[]) built from rows by the group commit, and
 *                                       runs as the Nth statement of the transaction
 *
 * Sources: caller.user_id, .role, .account, .session, given.x (bool: was body.x sent, be it as null), path.x, query.x, body.x, form.x, config.x, list.after (bound by the transport); arg.x (bound by C code in
 * order); row.x (a column of a batch statement).
 * Types: int4 int8 bool text json jsonb timestamp uuid float8 date time, and type[] of them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct statement_param {
    const char *source; /* "body.title" */
    const char *type;   /* "text", "int4[]" */
    uint32_t oid;
    uint32_t element_oid; /* of an array's elements, else 0 */
};

struct statement {
    const char *name;  /* NAME, also the prepared name on the server */
    const char *area;  /* folder */
    const char *about; /* what it does */
    const char *sql;
    const struct statement_param *params;
    int nparams;
    const struct statement_param *columns; /* source is the column name */
    int ncolumns;
    int batch; /* 0: not a batch statement */
    int index; /* place in statements[] */
};

/* All of them, in a fixed order; made by the build. */
extern const struct statement *const statements[];
extern const int statement_count;
