/* Base64url: see base64url.h. */
#include "proto/base/base64url.h"

#include <stdint.h>

/* The value of a letter, -1 if it is none. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_read(struct text t, void *to, size_t *ret_n)
{
    uint8_t *out = to;
    uint32_t bits = 0;
    size_t n = 0;
    int have = 0;
    for (size_t i = 0; i < t.n; i++) {
        int v = value_of(t.p[i]);
        if (v < 0)
            return false;
        bits = (bits << 6 | (uint32_t)v) & 0xfff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (uint8_t)(bits >> have);
        }
    }
    *ret_n = n;
    return have != 6 && !(bits & ((1u << have) - 1));
}
