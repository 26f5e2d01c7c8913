/* Paged: a produced body (body.h) that is made page by page, each of which goes out in pieces: the next page is made when
 * the client has taken the last one, so an answer of any length needs the memory of one page. Worker's thread only. */
#pragma once

#include "transport/http/body.h"

/* The request's data begins with it; zeroed but for `next` and what is in `page`. */
struct paged {
    struct buf page; /* what goes out next; freed by the body's end, before paged_begin by its owner */
    size_t given;    /* of it */
    bool over;       /* it is the last one */
    /* Makes the next page: page is empty. Ends, now or later, in paged_made or body_fail. Allocates nothing from the
     * request. */
    void (*next)(struct request *rq);
};

/* Answers with the first page, which is there already, and all that follow. */
void paged_begin(struct request *rq, const struct body_head *head);

/* The page is there; an empty one that is not the last asks for the next. A page without memory cuts the connection. */
void paged_made(struct request *rq);
