/* Text: a borrowed slice of bytes with a length. Any thread. It owns nothing: whoever made the bytes frees them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *p; /* NULL means absent; an empty text has p != NULL and n == 0 */
    size_t n;
};

/* A text of a string literal. */
#define TEXT(literal) ((struct text){ (literal), sizeof(literal) - 1 })

/* The text of a NUL-terminated string; absent for NULL. */
static inline struct text text_of(const char *s)
{
    return (struct text){ s, s ? strlen(s) : 0 };
}

static inline bool text_is(struct text t, const char *s)
{
    size_t n = strlen(s);
    return t.p && t.n == n && !memcmp(t.p, s, n);
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.n == b.n && !!a.p == !!b.p && (!a.n || !memcmp(a.p, b.p, a.n));
}

/* A copy, whose bytes are the caller's to free. Absent without memory; an absent text gives an empty one. */
struct text text_copy(struct text t);

/* FNV-1a, 64 bits: tells texts apart, not against somebody who looks for two with the same. */
static inline uint64_t text_digest(struct text t)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < t.n; i++)
        h = (h ^ (unsigned char)t.p[i]) * UINT64_C(1099511628211);
    return h;
}
