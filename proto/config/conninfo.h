/* Conninfo: the database's address as an operator writes it: libpq's URI or keywords, or the URI of a Python driver.
 * What is in it is what libpq finds in it (PQconninfoParse), so nothing here reads passwords by a rule of its own. Any
 * thread. */
#pragma once

#include "proto/base/buf.h"

#include <libpq-fe.h>

/* The form libpq reads, of postgresql+asyncpg://… and the like; other forms are copied. The caller frees. NULL without
 * memory. */
char *conninfo_plain(const char *conninfo);

/* The keywords of an address in either form; the caller frees them (PQconninfoFree). NULL with a sentence in why, in
 * which nothing of the address is quoted: libpq cannot read it, or parts of a password seem to have become a host, a
 * port or a database, since it has characters in it that a URI wants coded. */
PQconninfoOption *conninfo_parse(const char *conninfo, struct buf *why);

/* Appends the address as keywords, with the values of those only that are known to be harmless, the others as ***; ***
 * in place of what cannot be read. */
void conninfo_put_masked(const char *conninfo, struct buf *out);
