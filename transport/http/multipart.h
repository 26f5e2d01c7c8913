/* Multipart: push parser of multipart/form-data (RFC 7578). Bytes go in as they come, parts come out as calls, so that
 * a file can be streamed without ever being whole in memory. Owned by whoever parses; any one thread. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>

enum { MULTIPART_HEAD_MOST = 8192, MULTIPART_PARTS_MOST = 1000 };

/* The head of a part. The texts are valid during the call. */
struct part {
    struct text name;
    struct text file_name;    /* decoded (disposition.h); absent: an ordinary field */
    struct text content_type; /* absent if not sent */
};

/* A call returns false to give up; multipart_push then says MULTIPART_STOPPED. */
struct multipart_ops {
    bool (*begin)(void *arg, const struct part *part);
    bool (*data)(void *arg, struct text bytes);
    bool (*end)(void *arg);
};

struct multipart {
    const struct multipart_ops *ops;
    void *arg;
    uint8_t state;
    uint8_t delimiter_n, match; /* delimiter: CRLF -- boundary; match: how much of it has come */
    uint16_t head_n, parts;
    char delimiter[4 + 70];
    char head[MULTIPART_HEAD_MOST];
};

enum multipart_result { MULTIPART_MORE, MULTIPART_COMPLETE, MULTIPART_MALFORMED, MULTIPART_STOPPED };

/* Finds the boundary in a content type: false if it is missing or not a legal one. */
bool multipart_boundary(struct text content_type, struct text *ret);

/* boundary: 1..70 bytes, from multipart_boundary. It is copied. */
void multipart_init(struct multipart *m, struct text boundary, const struct multipart_ops *ops, void *arg);

/* Consumes all of it. After COMPLETE further bytes are an epilogue and are dropped; after MALFORMED and STOPPED: no
 * more. */
enum multipart_result multipart_push(struct multipart *m, const char *p, size_t n);
