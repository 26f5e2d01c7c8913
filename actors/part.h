/* Part: one of the things that a worker consists of beside its actors, as a row: how it is made, what a start and a
 * graceful stop ask of it, what it tells operators. A part stands beside its owner; transport/parts.c lists them all,
 * and nobody else spells the list. */
#pragma once

#include "actors/runtime/pool.h"
#include "actors/runtime/system.h"
#include "proto/base/ring.h"
#include "store/files.h"
#include "store/statement.h"

#include <sys/socket.h>

struct job_row; /* notifier/job.h */
struct part;

/* What the parts are made with beside the configuration. Made by the main thread before the workers start; immutable
 * then. */
struct setup {
    const struct part *const *parts; /* ended by NULL */
    struct system *system;
    const char *version;             /* of the program */
    const char *conninfo;            /* of the database */
    struct files audio;              /* the folder of audio files */
    struct sockaddr_storage address; /* listened on; the port is never 0 */
    struct sockaddr_storage console; /* likewise for the console, if it is configured */
    int *bound;                      /* to it, one for each worker, which takes it over and leaves -1 */
    int *console_bound;              /* likewise, for worker 0 */
    int sockets[WORKERS_MOST];       /* held by the service manager: listened on instead, shared by the workers */
    int nsockets;
    int64_t started_at; /* microseconds since 1970, before the first client could be served */
};

/* Takes over a bound socket. */
static inline int setup_take(int *bound)
{
    int own = *bound;
    *bound = -1;
    return own;
}

/* ---- what a part tells operators ---- */

/* One worker's; -1: not known there. */
struct queue_numbers {
    int64_t limit, depth, highest; /* highest: since the start */
    int64_t refused;               /* what found no place, since the start */
};

struct queue_row {
    const char *name;  /* label in /metrics; words joined by _ */
    const char *about; /* what waits, as the manual says it */
    const char *limit; /* likewise; names of parameters in ` */
    const char *full;  /* what happens when it is full, likewise */
    const char *by;    /* who can fill it, and what he has of it at most, likewise */
    /* Reads it on its worker's thread; NULL: nobody counts it, since it is bounded where it is made. */
    void (*read)(struct worker *w, struct queue_numbers *ret);
};

static inline struct queue_numbers queue_of_pool(const struct pool *p)
{
    struct pool_stats s = pool_stats(p);
    return (struct queue_numbers){ s.limit, s.waiting, s.highest, (int64_t)s.refused };
}

/* What a worker holds of something. */
struct memory_amount {
    uint64_t count, bytes;
    uint64_t most, whose; /* bytes of the greatest one, and its number; 0 where nobody looks for that */
    int worker;           /* which has that; of sums */
};

struct memory_row {
    const char *name;  /* as operators see it; words joined by _ */
    const char *about; /* what it is, likewise */
};

static inline struct memory_amount memory_of_ring(const struct ring *r)
{
    if (!r) /* it is not there yet */
        return (struct memory_amount){ 0 };
    return (struct memory_amount){ r->last < r->most ? r->last : r->most, ring_bytes(r) };
}

/* A number for /metrics, summed over the workers. Rows of one name stand together: the first has the help. */
struct metric_row {
    const char *name;   /* as Prometheus wants it: lectern_calls_total */
    const char *help;   /* a sentence; NULL: that of the row before */
    const char *labels; /* end="failed"; NULL: none */
    bool gauge;         /* it may fall; else it counts since the start */
};

/* ---- what it asks of the process ---- */

/* A parameter of which more must hold than its type in proto/config/config.h says. */
struct parameter_row {
    size_t at; /* offset in struct config */
    /* Appends what is wrong with a value, which is not empty. Main thread, before a start or without one: makes nothing,
     * connects to nobody. */
    void (*check)(const char *value, struct buf *why);
    bool serving; /* no start with a bad one; else only `lectern config check` tells */
};

/* ---- the row ---- */

/* All but the first few run on the worker's thread, and none blocks. Whatever is NULL is not needed. What a part has on
 * each worker is its own: a static array with a place for each of WORKERS_MOST, which that worker alone touches
 * (worker_index()). */
struct part {
    const char *name;

    /* Main thread, when the configuration has been read. */
    const struct parameter_row *parameters;  /* ended by a zeroed row */
    int64_t (*descriptors)(int64_t workers); /* how many it may have open at once, on all of so many workers together */

    /* Main thread, before the workers start and after they have ended: what all workers share, kinds of actors. */
    bool (*prepare)(const struct setup *s); /* false: the server does not start */
    void (*finish)(void);

    /* Main thread, when the schema is there: what only the database can judge. False, with a sentence. */
    bool (*check)(const struct setup *s, struct buf *why);

    /* In the list's order. False: the server does not start. */
    bool (*open)(struct worker *w, const struct setup *s);
    bool (*ready)(struct worker *w); /* is it there? Asked until every part of every worker says yes */
    void (*start)(struct worker *w); /* every part of every worker is */

    /* The graceful stop: begin nothing more. Is nothing left to wait for? */
    void (*drain)(struct worker *w);
    bool (*drained)(struct worker *w);

    /* The end, against the list's order, whether or not `open` got so far: cuts what is left; the loop turns until
     * every part has ended; then memory is released. */
    void (*end)(struct worker *w);
    bool (*ended)(struct worker *w);
    void (*close)(struct worker *w);

    /* After `start`. The connections for reading came or went; what was notified meanwhile has been missed. */
    void (*database)(struct worker *w, bool up);
    void (*writing)(struct worker *w, bool up); /* the one for writing did */
    const struct statement *listen;             /* to hear of `channel`; each tells its own worker */
    const char *channel;
    void (*notified)(struct worker *w, const char *payload);

    void (*describe)(struct worker *w, struct json *out); /* members of an open object, for `lectern admin workers` */
    const struct queue_row *queues;                       /* ended by a zeroed row */

    /* What it holds: rows, ended by a zeroed one, and their amounts, a place for each row, zeroed before. */
    const struct memory_row *memory;
    void (*read_memory)(struct worker *w, struct memory_amount *ret);

    /* What it counts for /metrics: likewise. */
    const struct metric_row *metrics;
    void (*read_metrics)(struct worker *w, uint64_t *ret);

    const struct job_row *jobs; /* work that it has the notifier do; ended by a zeroed row */
};
