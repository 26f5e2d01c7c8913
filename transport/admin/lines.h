/* Lines: the requests in what a peer of the operators' socket has sent, however the bytes come: cut anywhere, many at
 * once, without a last line feed. A request is the bytes before a line feed, or before the end. One owner, no locks.
 *
 * Limit: ADMIN_REQUEST_MAX bytes of a line; more than one line and its end is never held of what has no line feed. */
#pragma once

#include "proto/base/buf.h"

enum { ADMIN_REQUEST_MAX = 65536 };

enum line {
    LINE_NONE,     /* not yet, or after the end: no more */
    LINE_WHOLE,    /* one */
    LINE_TOO_LONG, /* one begins that is longer than is allowed; nothing behind it is understood */
    LINE_NOT_TEXT, /* one begins with a zero byte, as other protocols do; likewise */
};

struct lines {
    struct buf bytes;
    size_t at; /* bytes that are taken */
    bool ended;
};

/* Where the next bytes go and how many at most, of which the caller says by lines_add how many have come. Only after
 * LINE_NONE. NULL without memory. */
char *lines_room(struct lines *l, size_t *ret_n);
void lines_add(struct lines *l, size_t n);
/* No more bytes come. */
void lines_end(struct lines *l);

/* Takes the next line; valid until the next lines_room. Empty lines count. */
enum line lines_next(struct lines *l, struct text *ret);

void lines_fini(struct lines *l);
