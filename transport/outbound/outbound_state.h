/* Outbound's structs, shared by the files of transport/outbound and by nobody else. Loop's thread only. */
#pragma once

#include "proto/base/buf.h"
#include "transport/outbound/outbound.h"

#include <curl/curl.h>

enum call_state { CALL_WAITING, CALL_RUNNING, CALL_ENDED };

struct outbound_call {
    struct outbound *outbound;
    struct outbound_call *next, *previous; /* in its list */
    enum call_state state;
    CURL *easy;
    struct curl_slist *headers; /* sent */
    uint64_t due;               /* loop milliseconds */
    uint32_t answer_most;
    struct buf head, body; /* of the answer */
    bool too_large;
    outbound_done *done;
    void *arg;
};

struct calls {
    struct outbound_call *first, *last;
    uint32_t n;
};

struct outbound {
    struct outbound_options options;
    CURLM *multi; /* NULL once closed */
    struct calls running, waiting;
    uv_timer_t timer;    /* libcurl's */
    uv_timer_t patience; /* until the waiting calls are looked at */
    uint32_t handles;    /* of the loop that are not closed yet */
    bool closing, destroyed;
    struct outbound_stats stats;
};

/* ---- transfer.c: one call as libcurl's easy handle ---- */

/* Fills c->easy from the request. OUTBOUND_ANSWERED when it can be sent. What was made belongs to the call either way.
 */
enum outbound_end transfer_prepare(struct outbound_call *c, const struct outbound_request *rq);

/* How libcurl's result is called. */
enum outbound_end transfer_end(const struct outbound_call *c, CURLcode code);

/* Releases what prepare and the answer took. The handle must not be in the multi any more. */
void transfer_free(struct outbound_call *c);

/* ---- sockets.c: libcurl's multi handle on the loop ---- */

/* Makes o->multi and its two timers. False without memory, with nothing made. */
bool sockets_open(struct outbound *o);

/* Frees the multi handle, in which no call may be, and closes the timers. */
void sockets_close(struct outbound *o);

/* Calls outbound_look from the loop in so many milliseconds, instead of any earlier wish. */
void sockets_look_in(struct outbound *o, uint64_t ms);

/* ---- outbound.c ---- */

/* Takes up what has finished, and starts what waits. */
void outbound_reap(struct outbound *o);
/* Ends the waiting calls whose time is over, and starts others. */
void outbound_look(struct outbound *o);
