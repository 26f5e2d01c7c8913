/* Link: one libpq connection in pipeline mode on a libuv loop: connecting, polling, sending, reading, breaking. Loop
 * thread only; never blocks, except that libpq looks up host names itself (give an address or a socket folder to avoid
 * it). It knows syncs and results, not whose they are: that is db_pg. */
#pragma once

#include "store/db.h"
#include "store/pg_conninfo.h"

#include <uv.h>

struct pg_poll;

/* Called from the loop, never from inside a function below. They may call any of them. */
struct pg_link_events {
    void (*opened)(void *owner);
    void (*result)(void *owner, PGresult *take); /* one statement's result or error; the owner clears it */
    void (*synced)(void *owner);                 /* one sync: what was sent before it is decided */
    void (*notified)(void *owner, const char *channel, const char *payload);
    void (*closed)(void *owner, const char *why); /* broken or never opened; all that was sent and not synced is lost */
};

struct pg_link {
    /* immutable after init */
    uv_loop_t *loop;
    const struct pg_link_events *events;
    void *owner;
    /* private */
    PGconn *conn;
    struct pg_poll *poll;
    int watched;      /* UV_READABLE | UV_WRITABLE */
    uint32_t owed;    /* syncs sent and not come back */
    bool open;        /* past connecting */
    bool failing;     /* broke during a send; closed() follows from the loop */
    bool reading;     /* inside the reading loop, which will see to new results itself */
    uv_timer_t timer; /* bounds connecting; reports a failing link */
};

void pg_link_init(struct pg_link *l, uv_loop_t *loop, const struct pg_link_events *events, void *owner);

/* Starts connecting; opened() or closed() follows. */
void pg_link_open(struct pg_link *l, const struct pg_conninfo *c, uint64_t timeout_ms);

/* Each queues one statement. False: it was not sent, the link is breaking. Parameters are copied. */
bool pg_link_prepare(struct pg_link *l, const struct statement *st);
bool pg_link_execute(struct pg_link *l, const struct statement *st, const struct db_params *p); /* by prepared name */
bool pg_link_run(struct pg_link *l, const struct statement *st, const struct db_params *p);     /* by text */

/* Ends a transaction and sends what is queued, as far as the socket takes it now; the loop sends the rest. */
void pg_link_sync(struct pg_link *l);

/* Gives the connection up at once: closed() is called from inside. Not for use inside a send. */
void pg_link_break(struct pg_link *l, const char *why);

/* Closes without a callback; pg_link_open may follow. */
void pg_link_close(struct pg_link *l);
