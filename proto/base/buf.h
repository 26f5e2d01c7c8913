/* Buf: a growable byte buffer. One owner at a time, no locks. Running out of memory, or growing beyond what it may, is
 * remembered, not fatal: later appends do nothing and `failed` stays set, so a writer checks once at the end. */
#pragma once

#include "proto/base/text.h"

#include <stdarg.h>
#include <stdint.h>

enum { BUF_MOST = 64 << 20 }; /* bytes of one for which nothing else is said */

struct buf {
    char *p;
    size_t n, cap;
    uint32_t most; /* bytes that it may have; 0: BUF_MOST */
    bool failed;   /* an append found no memory, or was one too many; the content is incomplete */
};

/* An empty one that may have so many bytes (1 to UINT32_MAX): for what comes from outside, or has a stated limit. It is
 * a fuse; who has an answer for what is too large asks before. */
static inline struct buf buf_most(uint32_t most)
{
    return (struct buf){ .most = most };
}

/* Frees the bytes and makes the buffer empty; its most stays. Copes with a zeroed struct. */
void buf_fini(struct buf *b);

/* Empties the buffer and keeps its memory. */
static inline void buf_reset(struct buf *b)
{
    b->n = 0;
    b->failed = false;
}

/* What buf_room does when there is no room. */
char *buf_grow(struct buf *b, size_t n);

/* Makes room for n more bytes and returns where they go, NULL when it fails. The caller adds to b->n itself. */
static inline char *buf_room(struct buf *b, size_t n)
{
    return !b->failed && n <= b->cap - b->n ? b->p + b->n : buf_grow(b, n);
}

/* These are here because every answer and every event is made of many small pieces. */
static inline void buf_put(struct buf *b, const void *bytes, size_t n)
{
    char *to = buf_room(b, n);
    if (!to || !n)
        return;
    memcpy(to, bytes, n);
    b->n += n;
}

static inline void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

static inline void buf_text(struct buf *b, struct text t)
{
    buf_put(b, t.p, t.n);
}

static inline void buf_putc(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends a decimal number; much cheaper than buf_printf. */
void buf_int(struct buf *b, int64_t v);

/* Network byte order, as PostgreSQL's binary formats want it. */
void buf_be16(struct buf *b, uint16_t v);
void buf_be32(struct buf *b, uint32_t v);
void buf_be64(struct buf *b, uint64_t v);

/* The content as a borrowed text, valid until the next append. */
static inline struct text buf_view(const struct buf *b)
{
    return (struct text){ b->p ? b->p : "", b->n };
}
