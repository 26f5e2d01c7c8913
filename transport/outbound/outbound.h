/* Outbound: HTTP calls to others (Google, Firebase, webhooks) by libcurl on the worker's loop. One per worker, own
 * thread only. Nothing blocks: sockets and timers are the loop's, names are resolved on libcurl's own threads. Only
 * http and https; certificates are verified; redirects are followed when asked only.
 *
 * Queue: options.running calls at once, options.waiting behind them; full: OUTBOUND_FULL. The time limit of a call
 * counts from outbound_send, its waiting included. */
#pragma once

#include "transport/outbound/call.h"

#include <uv.h>

struct outbound;
struct outbound_call;

/* Called once, later, never from inside outbound_send or outbound_cancel. It may send and cancel calls. */
typedef void outbound_done(void *arg, const struct outbound_answer *answer);

enum { OUTBOUND_DESCRIPTORS = 3 }; /* of a call: its connection, and a pair while its name is resolved */

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
