/* Buf: growth and appends. Doubling growth; nothing here knows what the bytes mean. */
#include "proto/base/buf.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

void buf_fini(struct buf *b)
{
    free(b->p);
    *b = buf_most(b->most);
}

/* How much memory there is to be for so many bytes. */
static size_t wanted(const struct buf *b, size_t need, size_t most)
{
    size_t cap = b->cap ? b->cap : 128;
    while (cap < need)
        cap *= 2;
    return cap < most ? cap : most;
}

char *buf_grow(struct buf *b, size_t n)
{
    size_t most = b->most ? b->most : BUF_MOST;
    bool fits = b->n <= most && n <= most - b->n;
    size_t cap = fits ? wanted(b, b->n + n, most) : 0;
    char *p = b->failed || !fits ? NULL : realloc(b->p, cap);
    b->failed = !p;
    if (!p)
        return NULL;
    b->p = p;
    b->cap = cap;
    return p + b->n;
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *to = n < 0 ? NULL : buf_room(b, (size_t)n + 1);
    if (to) {
        vsnprintf(to, (size_t)n + 1, format, again);
        b->n += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(again);
    va_end(args);
}

void buf_int(struct buf *b, int64_t v)
{
    char digits[20], *end = digits + sizeof digits, *at = end;
    uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do
        *--at = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0)
        buf_putc(b, '-');
    buf_put(b, at, (size_t)(end - at));
}

void buf_be16(struct buf *b, uint16_t v)
{
    v = htobe16(v);
    buf_put(b, &v, sizeof v);
}

void buf_be32(struct buf *b, uint32_t v)
{
    v = htobe32(v);
    buf_put(b, &v, sizeof v);
}

void buf_be64(struct buf *b, uint64_t v)
{
    v = htobe64(v);
    buf_put(b, &v, sizeof v);
}
