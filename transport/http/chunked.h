/* Chunked: the chunked transfer coding (RFC 9112, section 7.1): a strict decoder of request bodies, and the coding of
 * answers. http-parser takes bare line ends and any text as chunk extension, which is how requests are smuggled; so
 * framing is read here. Pure; any thread. */
#pragma once

#include "proto/base/buf.h"
#include "transport/wire/chunk.h"

#include <stdint.h>

enum {
    CHUNKED_LINE_MOST = 256,
    CHUNKED_TRAILER_MOST = 8192,
    CHUNKED_FRAME_MOST = 16 + 2 + 2 + 5, /* what the coding adds to a piece */
};

struct chunked {
    uint8_t state;
    uint8_t digits; /* of the current size */
    uint16_t line;  /* bytes of the current line */
    uint16_t trailers;
    uint64_t left; /* data bytes to come in this chunk */
};

enum chunked_step {
    CHUNKED_MORE, /* all bytes were consumed */
    CHUNKED_DATA, /* ret_data is a piece of the body; call again */
    CHUNKED_END,  /* the body is complete */
    CHUNKED_BAD,
};

static inline struct chunked chunked_begin(void)
{
    return (struct chunked){ 0 };
}

/* Advances *at over p[0..n) by one step. */
enum chunked_step chunked_step(struct chunked *c, const char *p, size_t n, size_t *at, struct text *ret_data);

/* Writes a piece of a body to `to`, with room for CHUNKED_FRAME_MOST bytes more than it has, as one chunk (none if it is
 * empty); behind the last one, the end of the body. Returns how many bytes that is; *ret_at: where the piece begins. */
size_t chunked_write(char *to, struct text piece, bool last, size_t *ret_at);

/* The same into a buf. */
void chunked_put(struct buf *out, struct text piece, bool last);

/* The same as a chunk of its own, whose framing is around the piece. NULL without memory. */
struct chunk *chunk_framed(struct text piece, bool last);
