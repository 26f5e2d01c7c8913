/* Selection: which part of a file a request is about: ranges and conditional requests (RFC 9110, sections 13 and 14).
 * Pure; any thread. */
#pragma once

#include "proto/base/buf.h"

#include <stdint.h>

/* What a request says; absent if it does not. Of a HEAD request leave `range` and `if_range` out: ranges are GET's. */
struct selection_headers {
    struct text if_none_match, if_modified_since, if_range, range;
};

/* What there is. */
struct selection_file {
    struct text etag; /* strong, with its quotes */
    int64_t modified; /* seconds since 1970 */
    uint64_t size;
};

enum selected {
    SELECTED_ALL,       /* 200 */
    SELECTED_PART,      /* 206 */
    SELECTED_UNCHANGED, /* 304: the client has it */
    SELECTED_NOTHING,   /* 416: the range begins behind the end */
};

struct selection {
    enum selected what;
    uint64_t from, n; /* of ALL and PART */
};

/* A Range that is malformed, of another unit, or of several ranges is ignored. `now`: seconds since 1970, a date may
 * only stand for a file that has not changed within the last second. If-None-Match decides before If-Modified-Since. */
struct selection selection_of(const struct selection_headers *h, const struct selection_file *f, int64_t now);

/* Reads an HTTP date in any of its three forms (section 5.6.7). False if it is none. */
bool selection_read_date(struct text t, int64_t *ret);

/* Appends the date in the form to be sent. */
void selection_put_date(struct buf *out, int64_t seconds);
