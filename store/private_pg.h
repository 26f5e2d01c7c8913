/* Private PostgreSQL: the database of `lectern serve --dev`, in <data>/postgres. Unix socket only, in a folder of mode
 * 0700; never runs as root (as user postgres then); supervised: restarted when it ends. Survives kill -9 of the server:
 * the next start adopts a running one or lets it recover. Main thread. */
#pragma once

#include "proto/base/buf.h"

#include <uv.h>

struct private_pg;

/* Makes the cluster if there is none, starts or adopts it, waits until it accepts connections (bounded), creates the
 * database. Blocking; before the workers start. NULL with a sentence in why. */
struct private_pg *private_pg_start(const char *data, struct buf *why);

/* keywords/values for libpq: host=<socket folder> dbname=lectern user=… */
const char *private_pg_conninfo(const struct private_pg *pg);

/* The same for one that another process runs in <data>, for commands beside a running server. False with a sentence in
 * why. The text ends with NUL. */
bool private_pg_find(const char *data, struct buf *ret_conninfo, struct buf *why);

/* Watches it on the main thread's loop: started again (with backoff) when it is gone. */
void private_pg_watch(struct private_pg *pg, uv_loop_t *loop);

/* Stops watching; the loop must turn once more to free what watched. */
void private_pg_unwatch(struct private_pg *pg);

/* Stops watching and shuts it down (fast mode), bounded in time. Frees. */
void private_pg_stop(struct private_pg *pg);
