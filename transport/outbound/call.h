/* Call: what one call to others asks, how it can end, and what came back. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>

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

/* Is offered the bytes of an answer's body as they come, with the answer's status. True: it has taken them, and they are
 * not kept; false: they become a part of the answer's body, as if nobody had been asked. Called from inside libcurl: it
 * must not send, cancel or close. */
typedef bool outbound_piece(void *arg, int status, struct text bytes);

/* What to ask. Everything is borrowed during outbound_send only. */
struct outbound_request {
    const char *method;         /* "GET" */
    const char *url;            /* http:// or https:// */
    const char *const *headers; /* "Name: value", NULL-ended; NULL: none. Name the type of a body. */
    struct text body;           /* absent: none */
    uint32_t total_ms;          /* limit for all of it; more than 0 */
    uint32_t connect_ms;        /* limit for name, connection and TLS; 0: total_ms */
    uint32_t answer_most;       /* bytes of the answer's body, those that `piece` takes included; more is TOO_LARGE */
    outbound_piece *piece;      /* NULL: the whole body is kept */
    void *piece_arg;            /* not borrowed: valid until the call has ended */
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
