/* Db pool: several connections of one worker behind one, for statements that stand alone. A query goes to the
 * connection with the fewest under way, so that one that waits for its commit or for a lock holds up few others;
 * queries asked one after the other may therefore end in another order. Loop thread only. No batches. */
#pragma once

#include "store/db_pg.h"

/* Starts connecting n of them; options as db_pg_create, with these differences: the queue is shared out among them, and
 * on_up tells of the first one coming and the last one going. NULL without memory. */
struct db *db_pool_create(uv_loop_t *loop, const struct db_pg_options *o, int n);

/* As db_pg_close, for all of them; closed(arg) once. */
void db_pool_close(struct db *db, void (*closed)(void *arg), void *arg);

/* Sums over the connections; up if any is. */
struct db_stats db_pool_stats(const struct db *db);
uint64_t db_pool_memory(const struct db *db); /* likewise */
