/* Http state: what the connections of one worker share. Worker's thread only. Private to transport/http. */
#pragma once

#include "actors/runtime/pool.h"
#include "proto/base/network.h"
#include "transport/http/arena.h"
#include "transport/http/closed.h"
#include "transport/http/open_file.h"
#include "transport/http/router.h"
#include "transport/http/stats.h"
#include "transport/wire/wires.h"

enum {
    PENDING_MOST = 65536, /* bytes kept while a request is under way; then reading stops */
    REFUSALS_MOST = 32,   /* connections over the cap that may linger with their 503 */
};

struct http {
    struct wires wires; /* first */

    /* immutable after http_open */
    struct worker *worker;
    const struct area *const *areas;
    struct router *router;
    struct networks proxies; /* whose word about their clients counts */

    bool aside; /* out of service */
    uint32_t refusals;
    uint32_t uploads;  /* requests whose form is read as it comes */
    uint32_t number;   /* of the request that came last; from 1, and on from 1 again */
    uint32_t requests; /* alive, whether or not their client still is */

    struct pool *files; /* opens files */
    struct open_files open_files;
    struct arena_pool pool;
    struct http_stats stats; /* without what the wires count */
    struct http_measures measures;
    struct closed_ring closed;

    char date[40];       /* "Date: ...\r\n" */
    uint32_t ticks;      /* of the timer of the wires */
    uint64_t date_until; /* loop milliseconds at which it is to be made anew */
};
