/* Http: the HTTP side of one worker: what its connections share. Worker's thread only. Private to transport/http. */
#pragma once

#include "actors/runtime/pool.h"
#include "proto/base/network.h"
#include "transport/http/arena.h"
#include "transport/http/closed.h"
#include "transport/http/connection.h"
#include "transport/http/open_file.h"
#include "transport/http/router.h"
#include "transport/wire/deadline.h"
#include "transport/wire/peers.h"

enum {
    READ_BUFFER = 65536,
    CORK_MOST = 65536,    /* answers to pipelined requests gathered before they are written */
    PENDING_MOST = 65536, /* bytes kept while a request is under way; then reading stops */
    REFUSALS_MOST = 32,   /* connections over the cap that may linger with their 503 */
};

struct http {
    /* immutable after http_open */
    struct worker *worker;
    uv_loop_t *loop;
    const struct area *const *areas;
    struct router *router;
    struct networks proxies; /* whose word about their clients counts */

    uv_poll_t listener;
    uv_timer_t timer; /* deadlines; retries accepting */
    int listen_fd;    /* -1 once closed */
    bool shared;      /* others accept from the same socket, also when we are gone */
    bool accepting;   /* the listener is being polled; false while descriptors are short */
    uint32_t most;    /* connections; 0: as configured */
    bool draining, closing, timer_on;
    bool aside;      /* out of service */
    uint8_t handles; /* listener, timer and writable not closed yet */
    int writable_fd; /* writable.c; -1 once closed */
    uv_poll_t writable;
    uint32_t refusals;
    uint64_t serial;   /* of the connection that came last */
    uint32_t uploads;  /* requests whose form is read as it comes */
    uint32_t number;   /* of the request that came last; from 1, and on from 1 again */
    uint32_t requests; /* alive, whether or not their client still is */

    struct deadlines deadlines;
    struct peers peers;
    struct pool *files; /* opens files */
    struct open_files open_files;
    struct arena_pool pool;
    struct http_stats stats;
    struct http_measures measures;
    struct closed_ring closed;

    char *read_buffer;
    struct buf out;            /* answers of the connection that is being read */
    struct connection *corked; /* that connection */
    struct buf scratch;        /* one answer of any other connection */
    char date[40];             /* "Date: ...\r\n" */
    uint64_t complained;       /* loop milliseconds of the last word about a pause; 0: none yet */
    uint32_t ticks;            /* of the deadline timer */
    uint64_t date_until;       /* loop milliseconds at which it is to be made anew */
};

/* Frees http once it is closed and nothing of it is alive. */
void http_release(struct http *h);

/* Starts the deadline timer if it does not run. */
void http_watch(struct http *h);

/* ---- listener.c ---- */

/* Listens on a bound socket, which it takes over in any case; 0 or a negative errno. */
int listener_open(struct http *h, int bound);
/* Listens on a socket of others. */
int listener_share(struct http *h, int fd);
/* Takes what waits; stops polling when descriptors are short. */
void listener_accept(struct http *h);
/* Tries again after a shortage. */
void listener_retry(struct http *h);
void listener_close(struct http *h);

/* ---- writable.c ---- */

/* 0 or a negative errno. */
int writable_open(struct http *h);
void writable_close(struct http *h);
/* connection_writable will be called, in a later turn of the loop, once the socket takes more (or is broken). False
 * without memory. */
bool writable_wait(struct connection *c);
/* It will not be called. */
void writable_forget(struct connection *c);
