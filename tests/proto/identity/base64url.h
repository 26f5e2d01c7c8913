/* Writes base64url, as signatures and keys of the tests need it. */
#pragma once

#include "proto/base/buf.h"

static inline void put_base64url(struct buf *out, const void *bytes, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const uint8_t *p = bytes;
    for (size_t bit = 0; bit < n * 8; bit += 6) {
        size_t i = bit / 8;
        unsigned pair = (unsigned)p[i] << 8 | (i + 1 < n ? p[i + 1] : 0);
        buf_putc(out, letters[pair >> (10 - bit % 8) & 63]);
    }
}
