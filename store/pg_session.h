/* Session: one blocking connection, for migrations and for the operator's commands. Main thread; never a worker's. */
#pragma once

#include "store/db.h"

#include <libpq-fe.h>

/* Connects within ten seconds (to each of several hosts), and sets the session up as pg_conninfo.h says; `name` is what
 * the database calls it. NULL with a sentence in why: not there, or it keeps text in another encoding than UTF-8. The
 * caller ends it with PQfinish. */
PGconn *pg_session_open(const char *conninfo, const char *name, struct buf *why);

/* Runs one of our statements; p may be NULL. NULL with a sentence in why. The caller clears the result. */
PGresult *pg_session_run(PGconn *c, const struct statement *st, const struct db_params *p, struct buf *why);

/* The same for its effect only. */
bool pg_session_do(PGconn *c, const struct statement *st, const struct db_params *p, struct buf *why);

/* "what: libpq's message" into why. Always false, for returning. */
bool pg_session_refuse(struct buf *why, const char *what, const char *message);
