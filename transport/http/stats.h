/* Stats: what the HTTP side of a worker counts and measures, for who looks. */
#pragma once

#include "actors/runtime/pool.h"
#include "proto/base/histogram.h"

#include <stdbool.h>
#include <stdint.h>

struct http_stats {
    uint64_t accepted, requests, refused, cut_slow, timeouts;
    uint64_t turned_away;    /* connections over a cap */
    uint64_t received, sent; /* bytes */
    uint64_t uploads_refused;
    uint32_t connections, highest; /* highest: of connections */
    uint32_t streams, sockets;     /* of those */
    uint32_t uploads, uploads_highest, uploads_limit;
    struct pool_stats files; /* waiting to be opened */
    bool accepting;
};

/* Where its memory is, in bytes, and of how many. Looks at every connection. */
struct http_memory {
    uint64_t connections, connection_bytes; /* their state */
    uint64_t behind, output_bytes;          /* that have something to send which their clients do not take yet; what
                                               several wait for counts once, about */
    uint64_t most_behind, slowest;          /* what the one is behind that is furthest; its serial (look.h), 0: none */
    uint64_t early, early_bytes;            /* that have received something too early */
    uint64_t requests, request_bytes;       /* alive; of their blocks, of those that are kept for the next, and of what
                                               the worker reads and writes with */
};

enum { HTTP_AREAS_MOST = 8, HTTP_CLASSES = 6 };

/* What has been measured, by clock readings that are made anyway: once per poll, so what is answered in the callback in
 * which it came counts as no time. Borrowed. Areas are in the order given to http_open; the last place is for requests
 * that no area knows. */
struct http_measures {
    struct {
        struct histogram request_us;     /* from the end of the head to the answer's, or a stream's, beginning */
        uint64_t by_class[HTTP_CLASSES]; /* answers by the first digit of their status */
    } areas[HTTP_AREAS_MOST];
    struct histogram statement_us; /* statements of requests, their waiting for a connection included */
};
