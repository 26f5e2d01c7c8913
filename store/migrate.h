/* Migrate: numbered steps of schema/, compiled in. Blocking: main thread at start, or `lectern migrate`.
 * Every step runs in its own transaction; an advisory lock keeps two servers from migrating at once. */
#pragma once

#include "proto/base/buf.h"

struct migration {
    int number;
    const char *name, *up, *down;
};
extern const struct migration migrations[]; /* rising; made by the build from schema/NNNN_name.{up,down}.sql */
extern const int migration_count;

/* Applies every step above the database's, up to `to` (-1: all). False with a sentence in why. */
bool migrate_up(const char *conninfo, int to, struct buf *why);

/* Undoes steps down to (not including) `to`. */
bool migrate_down(const char *conninfo, int to, struct buf *why);

/* Writes one line per step: number, name, applied or not, when. */
bool migrate_status(const char *conninfo, struct buf *out, struct buf *why);
