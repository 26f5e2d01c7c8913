/* Check: is the database that an address leads to one that a server can work with? Asked once, before the workers
 * start, with as many connections as they will hold. Main thread; blocking. */
#pragma once

#include "proto/base/buf.h"

/* Opens so many sessions at once and closes them again. False with a sentence in why:
 * - one cannot be opened, or gets no answer within five seconds: the server's limits or a pooler's are too low;
 * - a pooler hands out its server connections by the transaction or the statement, while our sessions have settings,
 *   prepared statements, notifications, and a lock that says that the last writer is gone (PgBouncer: pool_mode =
 *   session is needed). Seen by what only such a pooler does: a session changes its server process, or two have the same
 *   at once;
 * - what pg_session_open refuses. */
bool pg_check(const char *conninfo, int sessions, struct buf *why);
