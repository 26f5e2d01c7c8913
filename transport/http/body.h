/* Body: answers that do not fit in memory. A handler ends its chain with body_begin or body_range instead of a
 * respond_*; the request then lives until the body has ended. Worker's thread only.
 *
 * Nothing is sent before the client has taken what it was given, so an answer of any size needs the memory of one
 * piece; and one connection sends at most BODY_SHARE bytes in a turn of the loop, then the others have theirs. A client
 * that acknowledges less than `least-rate` for `request-timeout` is cut, and so is one whose body fails after its head: it sees that
 * the body is incomplete. A client that goes away ends the body. Stopping lets bodies go on within `drain-time`.
 * Afterwards the connection serves its next request. */
#pragma once

#include "transport/http/body_head.h"
#include "transport/http/request.h"

enum {
    BODY_SHARE = 1024 * 1024,
    BODY_PIECE_MOST = 256 * 1024,
};

/* ---- produced bodies ---- */

struct body_source {
    /* Asks for what comes next: ends, now or later (after a query, say), in exactly one call of body_give, body_finish
     * or body_fail. Called only when the last piece is with the client. */
    void (*more)(struct request *rq);
    /* The last call, exactly once, whatever happened; `more` is not waiting for an answer then. The request's memory
     * is still there. May be NULL. */
    void (*release)(struct request *rq);
};

/* Answers with a body that `source` produces; `source` must outlive the request (a static one, say), head and its texts
 * are copied. To a HEAD request, and when the client has gone, `more` is never called. The request may be gone when
 * this returns, and `more` may have been called. */
void body_begin(struct request *rq, const struct body_head *head, const struct body_source *source);

/* Answers to `more`. Texts are copied. The request may be gone on return, and `more` may have been called again. When
 * the client has gone, they only end the request.
 * A step allocates nothing from the request (request_alloc, request_keep): that memory lasts until the end; what pages
 * need is allocated once or freed in each step. */

/* The next piece: 1..BODY_PIECE_MOST bytes, and not more than the length that was promised. */
void body_give(struct request *rq, struct text piece);
/* The body ends with `last`, which may be empty. Shorter than promised: as body_fail, and logged. */
void body_finish(struct request *rq, struct text last);
/* It cannot go on: the connection is cut. */
void body_fail(struct request *rq);

/* ---- a range of a file ---- */

/* What a range is sent from. */
struct body_file {
    int fd;                     /* a regular file; its position is neither used nor moved */
    uint64_t from;              /* offset of the first byte */
    void (*release)(void *arg); /* the last call, exactly once: fd is not used any more. Not NULL */
    void *arg;
};

/* Answers with head->length bytes of the file (not BODY_UNKNOWN), by sendfile: no byte passes through our memory. A
 * file that is shorter than that cuts the connection. What is not in the page cache is read by the kernel while the
 * worker waits: its reading ahead (tell it by POSIX_FADV_SEQUENTIAL) makes that rare after a range's first bytes, and
 * BODY_SHARE bounds it. */
void body_range(struct request *rq, const struct body_head *head, const struct body_file *file);
