/* What private_pg asks of its server over a connection. Main thread; blocking. Private to private_pg. */
#pragma once

#include "proto/base/buf.h"

#include <libpq-fe.h>

/* Does it take connections? */
PGPing private_pg_ping(const char *conninfo);

/* Makes the database of conninfo if it is missing. False with a sentence in why. */
bool private_pg_make_database(const char *conninfo, struct buf *why);
