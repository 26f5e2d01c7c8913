/* UTF-8: see utf8.h. ASCII, nearly all of it, is skipped eight bytes at a time. */
#include "proto/utf8.h"

#include <stdint.h>

/* Length of the sequence at p, 0 if it is malformed. `left` is at least 1. */
static size_t sequence(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (!n || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (c == 0xe0 && p[1] < 0xa0) || (c == 0xf0 && p[1] < 0x90);
    bool beyond = (c == 0xed && p[1] > 0x9f) || (c == 0xf4 && p[1] > 0x8f);
    return overlong || beyond ? 0 : n;
}

bool utf8_valid(struct text t)
{
    const unsigned char *p = (const unsigned char *)t.p, *end = p + t.n;
    while (p < end) {
        uint64_t eight;
        if (end - p >= 8 && (memcpy(&eight, p, 8), !(eight & UINT64_C(0x8080808080808080)))) {
            p += 8;
            continue;
        }
        size_t n = sequence(p, (size_t)(end - p));
        if (!n)
            return false;
        p += n;
    }
    return true;
}

static bool blank(uint32_t point)
{
    static const uint16_t blanks[] = { ' ', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 };
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (point == blanks[i])
            return true;
    return (point >= '\t' && point <= '\r') || (point >= 0x1c && point <= 0x1f) || (point >= 0x2000 && point <= 0x200a);
}

/* The code point of a sequence of n bytes. */
static uint32_t decode(const char *p, size_t n)
{
    uint32_t point = (unsigned char)p[0] & (n == 1 ? 0x7f : 0x7f >> n);
    for (size_t i = 1; i < n; i++)
        point = point << 6 | ((unsigned char)p[i] & 0x3f);
    return point;
}

struct text utf8_trim(struct text t)
{
    for (size_t n; t.n && (n = sequence((const unsigned char *)t.p, t.n)) && blank(decode(t.p, n)); t.p += n, t.n -= n)
        ;
    for (size_t n = 1; n <= t.n; n++) {
        const char *last = t.p + t.n - n;
        if ((*last & 0xc0) == 0x80)
            continue;
        if (!blank(decode(last, n)))
            break;
        t.n -= n;
        n = 0;
    }
    return t;
}
