/* UTF-8: see utf8.h. ASCII, nearly all of it, is skipped eight bytes at a time. */
#include "proto/base/utf8.h"

#include <stdint.h>
#include <unictype.h>
#include <unistr.h>

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

size_t utf8_count(struct text t)
{
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++)
        n += ((unsigned char)t.p[i] & 0xc0) != 0x80;
    return n;
}

struct text utf8_past_mark(struct text t)
{
    const size_t n = sizeof UTF8_MARK - 1;
    return t.n >= n && !memcmp(t.p, UTF8_MARK, n) ? (struct text){ t.p + n, t.n - n } : t;
}

/* ---- what can be seen ---- */

/* Two kinds have no property of Unicode's: the blank of braille, and the marks of interlinear notes. */
static bool invisible(ucs4_t c)
{
    if (c < 0x7f)
        return c && c <= ' '; /* a NUL is refused, not taken off */
    return uc_is_property_white_space(c) || uc_is_property_default_ignorable_code_point(c) ||
           uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc) || c == 0x2800 || (c >= 0xfff9 && c <= 0xfffb);
}

/* The first or the last character, taken off. False if there is none. */
static bool take_first(struct text *t, ucs4_t *ret)
{
    if (!t->n)
        return false;
    int n = u8_mbtouc(ret, (const uint8_t *)t->p, t->n);
    t->p += n;
    t->n -= (size_t)n;
    return true;
}

static bool take_last(struct text *t, ucs4_t *ret)
{
    const uint8_t *begin = (const uint8_t *)t->p;
    const uint8_t *last = t->n ? u8_prev(ret, begin + t->n, begin) : NULL;
    if (last)
        t->n = (size_t)(last - begin);
    return last;
}

static bool modifies(ucs4_t c)
{
    return uc_is_property_variation_selector(c) || (c >= 0xe0020 && c <= 0xe007f /* tags */);
}

/* Does an invisible character change how the one before it looks? */
static bool belongs_to(struct text before, ucs4_t c)
{
    ucs4_t base = 0;
    if (uc_is_property_join_control(c))
        return take_last(&before, &base) && uc_combining_class(base) == UC_CCC_VR;
    if (!modifies(c))
        return false;
    while (take_last(&before, &base) && modifies(base))
        ;
    return base > 0x7f && !invisible(base);
}

struct text utf8_trim(struct text t)
{
    ucs4_t c;
    for (struct text rest = t; take_first(&rest, &c) && invisible(c);)
        t = rest;
    for (struct text rest = t; take_last(&rest, &c) && invisible(c) && !belongs_to(rest, c);)
        t = rest;
    return t;
}

struct text utf8_plain(struct text t)
{
    ucs4_t c;
    t = utf8_trim(t);
    for (struct text rest = t; take_last(&rest, &c) && invisible(c);)
        t = rest;
    return t;
}

bool utf8_has_invisible(struct text t)
{
    ucs4_t c;
    while (take_first(&t, &c))
        if (invisible(c))
            return true;
    return false;
}
