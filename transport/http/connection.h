/* Connection: one TCP connection on its worker: parsing, limits, deadlines, output. Home worker's thread only.
 * Idle connections hold no buffer: reading uses one buffer per worker. */
#pragma once

#include "actors/runtime/pool.h"
#include "proto/base/histogram.h"
#include "proto/base/text.h"
#include "proto/room.h"
#include "transport/wire/close_reason.h"

struct connection;
struct area;
struct http;

/* Bytes that several connections of one worker send: made once per turn, freed with its last reference. Worker-local.
 */
struct chunk {
    uint32_t refs;
    uint32_t n;
    uint8_t before, behind; /* bytes of the chunked coding around the body's: not for HTTP/1.0, which knows none */
    char p[];
};
struct chunk *chunk_create(size_t n); /* one reference, bytes to be filled by the caller; NULL without memory */
/* A piece of a stream's body in the chunked coding, and behind the last one (which may be empty) the body's end. */
struct chunk *chunk_framed(struct text piece, bool last);
void chunk_unref(struct chunk *c);

/* What a taken-over connection calls. */
struct stream_ops {
    void (*closed)(struct connection *c, void *arg);  /* the peer is gone or the connection was cut: last call */
    void (*drained)(struct connection *c, void *arg); /* the backlog went to zero after it had not been */
};

/* After request_take_connection, in the same callback (a connection without an owner can vanish): writes the response
 * head (status line and headers, complete with the blank line) and makes the connection a stream: what the peer sends
 * is read and dropped, its end is noticed, also half open (TCP_USER_TIMEOUT, keep-alive probes). `room`: that it
 * listens to, for who looks; kind NULL: none. */
void stream_begin(struct connection *c, struct room_key room, struct text head, const struct stream_ops *ops,
                  void *arg);

enum stream_send { STREAM_SENT, STREAM_BEHIND, STREAM_CUT };

/* Sends a chunk (already framed): at once if the socket takes it, the rest by reference. STREAM_CUT: the backlog would
 * pass its limit, the connection has been cut and `closed` called. Keeps its own reference if needed; the caller keeps
 * its. */
enum stream_send stream_send(struct connection *c, struct chunk *chunk);

/* Sends what is left, then closes for this reason; `closed` is called. `last` may be NULL. */
void stream_end(struct connection *c, struct chunk *last, enum close_reason why);

size_t stream_backlog(const struct connection *c);

/* The arg given to stream_begin. */
void *stream_arg(const struct connection *c);

/* ---- the worker's HTTP side ---- */

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
