/* Outbound: HTTP calls to others (Google, Firebase, webhooks) by libcurl on the worker's loop. One per worker, own
 * thread only. Nothing blocks: sockets and timers are the loop's, names are resolved on libcurl's own threads. Only
 * http and https; certificates are verified; redirects are followed when asked only.
 *
 * Queue: options.running calls at once, options.waiting behind them; full: OUTBOUND_FULL. The time limit of a call
 * counts from outbound_send, its waiting included. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>
#include <uv.h>

struct outbound;
struct outbound_call;

/* How a call can end: X(symbol, what it means, in words for a log). */
#define OUTBOUND_ENDS(X)                                                                                               \
    X(ANSWERED, "answered") /* with any status */                                                                      \
    X(FULL, "too many calls are waiting")                                                                              \
    X(NO_MEMORY, "no memory")                                                                                          \
    X(BAD_REQUEST, "the address, method or a header cannot be sent")                                                   \
    X(UNRESOLVED, "the host's name was not resolved")                                                                  \
    X(UNREACHABLE, "no connection could be made")                                                                      \
    X(TLS, "the connection could not be trusted")                                                                      \
    X(TIMEOUT, "no answer in time")                                                                                    \
    X(TOO_LARGE, "the answer was too large")                                                                           \
    X(CUT, "the connection broke")                                                                                     \
    X(GARBAGE, "the answer was no HTTP")                                                                               \
    X(REDIRECTS, "too many redirects")                                                                                 \
    X(STOPPED, "the server is stopping")

enum outbound_end {
#define OUTBOUND_SYMBOL(symbol, words) OUTBOUND_##symbol,
    OUTBOUND_ENDS(OUTBOUND_SYMBOL)
#undef OUTBOUND_SYMBOL
        OUTBOUND_END_COUNT
};

const char *outbound_words(enum outbound_end end);

enum { OUTBOUND_HEADERS_MAX = 32 << 10 }; /* bytes of an answer's headers; more is TOO_LARGE */

/* What to ask. Everything is borrowed during outbound_send only. */
struct outbound_request {
    const char *method;         /* "GET" */
    const char *url;            /* http:// or https:// */
    const char *const *headers; /* "Name: value", NULL-ended; NULL: none. Name the type of a body. */
    struct text body;           /* absent: none */
    uint32_t total_ms;          /* limit for all of it; more than 0 */
    uint32_t connect_ms;        /* limit for name, connection and TLS; 0: total_ms */
    uint32_t answer_most;       /* bytes of the answer's body; more is TOO_LARGE */
    uint32_t redirects;         /* to follow at most; credentials are not sent to another host */
};

/* What came back. Borrowed: valid during the callback only. */
struct outbound_answer {
    enum outbound_end end;
    int status;       /* 0 unless ANSWERED */
    struct text body; /* empty unless ANSWERED */
    struct text head; /* header lines; for outbound_header */
};

/* The value of the first header of this name, any letter case, without blanks around it; absent if there is none. */
struct text outbound_header(const struct outbound_answer *a, const char *name);

/* Called once, later, never from inside outbound_send or outbound_cancel. It may send and cancel calls. */
typedef void outbound_done(void *arg, const struct outbound_answer *answer);

struct outbound_options {
    uv_loop_t *loop;
    uint32_t running, waiting; /* calls at once; calls that may wait for their turn */
    const char *ca_file;       /* PEM of whom to trust; NULL or empty: the system's authorities */
    const char *proxy;         /* for every call; NULL or empty: none. The environment's proxies are never used */
};

/* Before any thread: prepares libcurl. False: it cannot. outbound_finish undoes it when all threads have ended. */
bool outbound_setup(void);
void outbound_finish(void);

/* The loop's thread. Texts of the options are borrowed for life. NULL without memory. */
struct outbound *outbound_create(const struct outbound_options *o);

/* Begins a call. NULL: it could not even begin, *ret_why says why, and done is not called. The result is valid until
 * done is called or outbound_cancel. */
struct outbound_call *outbound_send(struct outbound *o, const struct outbound_request *rq, outbound_done *done,
                                    void *arg, enum outbound_end *ret_why);

/* Ends a call without its done. */
void outbound_cancel(struct outbound_call *c);

/* Ends every call with STOPPED before it returns; from now on outbound_send refuses with STOPPED. Not from inside a
 * done. A graceful stop first waits until nothing runs or waits any more. NULL is fine. */
void outbound_close(struct outbound *o);

/* Closes it if need be; the memory is freed once the loop has closed its handles. NULL is fine. */
void outbound_destroy(struct outbound *o);

struct outbound_stats {
    uint32_t running, waiting, highest; /* highest: of those waiting */
    uint64_t answered, failed;          /* ever; failed counts those that began and were not answered */
    uint64_t full;                      /* calls for which there was no place */
};
struct outbound_stats outbound_stats(const struct outbound *o);
