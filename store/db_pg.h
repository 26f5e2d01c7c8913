/* Db over libpq: see db.h. One per worker and purpose (reads of requests; the group commit). */
#pragma once

#include "store/db.h"

#include <uv.h>

struct db_pg_options {
    const char *conninfo; /* URI or keywords; postgresql+asyncpg:// is accepted */
    const char *name;     /* application_name: "lectern read 0" */
    int64_t statement_timeout_ms;
    int64_t wait_ms;       /* how long a query waits for a connection */
    uint32_t queue;        /* queries under way and waiting, at most; then db_query refuses */
    int32_t writer_slot;   /* -1: reader. Else the advisory lock slot this connection holds while it lives, so that a
                              successor of a broken connection starts only when its predecessor's transaction is over */
    bool batch_statements; /* prepare the batch statements too */
    bool echo;             /* name each statement in the log */
    void (*on_up)(void *arg, bool up);                                      /* connection came or went; may be NULL */
    void (*on_notify)(void *arg, const char *channel, const char *payload); /* may be NULL: it does not listen */
    const struct statement *const *listen; /* with on_notify: LISTEN statements, ended by NULL; borrowed for life */
    void *arg;
};

/* Starts connecting. The loop must run on this thread. NULL without memory. */
struct db *db_pg_create(uv_loop_t *loop, const struct db_pg_options *o);

/* Fails what is under way with DB_LOST or DB_AWAY, closes; then calls closed(arg) from the loop. */
void db_pg_close(struct db *db, void (*closed)(void *arg), void *arg);

/* Numbers for operators. */
struct db_stats {
    uint64_t queries, batches, errors, connects;
    uint64_t refused;                            /* for which the queue had no place */
    uint32_t in_flight, waiting, limit, highest; /* highest: of both together */
    bool up;
};
struct db_stats db_pg_stats(const struct db *db);

/* Bytes that it holds, what libpq's connection begins with included. */
uint64_t db_pg_memory(const struct db *db);
