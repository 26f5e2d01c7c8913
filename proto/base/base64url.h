/* Base64url: bytes as letters that need no escaping in addresses (RFC 4648, section 5), without padding, as JWS wants
 * them (RFC 7515). Any thread. */
#pragma once

#include "proto/base/text.h"

/* Bytes that n letters stand for, at most. */
static inline size_t base64url_room(size_t n)
{
    return n / 4 * 3 + 3;
}

/* Reads all of t into `to`, which has base64url_room(t.n) bytes. Strict: no padding, no blanks, no bits that stand for
 * nothing, so that one value has one spelling. False if it is not that. */
bool base64url_read(struct text t, void *to, size_t *ret_n);
