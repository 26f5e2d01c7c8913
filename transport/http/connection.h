/* Connection: the HTTP side of a worker: the wires on which requests come. Home worker's thread only. */
#pragma once

#include "actors/runtime/pool.h"
#include "proto/base/histogram.h"

#include <stdbool.h>
#include <stdint.h>

struct area;
struct http;
struct worker;

struct http_stats {
    uint64_t accepted, requests, refused, cut_slow, timeouts;
    uint64_t turned_away;    /* connections over a cap */
    uint64_t received, sent; /* bytes */
    uint64_t uploads_refused;
    uint32_t connections, streams, highest; /* highest: of connections */
    uint32_t uploads, uploads_highest, uploads_limit;
    struct pool_stats files; /* waiting to be opened */
    bool accepting;
};

/* Where its memory is, in bytes, and of how many. Looks at every connection. */
struct http_memory {
    uint64_t connections, connection_bytes; /* their state */
    uint64_t behind, output_bytes;          /* that have something to send which their clients do not take yet; what
                                               several wait for counts once, about */
    uint64_t behind_bytes, most_behind;     /* what those are behind, all together; the one that is furthest */
    uint64_t slowest;                       /* the serial (look.h) of that one; 0: none */
    uint64_t early, early_bytes;            /* that have received something too early */
    uint64_t requests, request_bytes;       /* alive; of their blocks, of those that are kept for the next, and of what
                                               the worker reads and writes with */
};
struct http_memory http_memory(const struct http *h);

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
const struct http_measures *http_measures(const struct http *h);

/* Listens on a bound socket, which is ours from then on, and opens everything the worker's HTTP needs. Areas:
 * NULL-ended. On the worker's thread. NULL: logged, and the server does not start. */
struct http *http_open(struct worker *w, const struct area *const *areas, int bound);
/* The same on a socket that listens already and others listen on too; it stays the caller's. */
struct http *http_open_socket(struct worker *w, const struct area *const *areas, int fd);
/* Beside it, for a few of this machine: no area has a host name here, and there are HTTP_FEW connections at most. */
enum { HTTP_FEW = 64 };
struct http *http_open_few(struct worker *w, const struct area *const *areas, int bound);
/* Out of service, or back: connections that come are answered 503 for whatever is not of an area that is everywhere,
 * and every connection closes after its next answer. */
void http_set_aside(struct http *h, bool aside);
/* Stops accepting: who waits in a socket of others is left to those. A connection that has a request under way, or
 * sends one within the lingering time, closes after its answer. */
void http_drain(struct http *h);
bool http_drained(const struct http *h);
void http_close(struct http *h); /* cuts what is left; frees after the loop has run */
struct http_stats http_stats(const struct http *h);
/* The port it listens on, for an address with port 0; 0 once it has stopped accepting. */
uint16_t http_port(const struct http *h);
