/* Accept: see accept.h. */
#include "transport/http/accept.h"

#include <strings.h>

static struct text trim(struct text t)
{
    while (t.n && strchr(" \t", t.p[t.n - 1]))
        t.n--;
    while (t.n && strchr(" \t", *t.p))
        t.p++, t.n--;
    return t;
}

/* Takes what stands before the separator off the list, without blanks around. */
static struct text next(struct text *list, char separator)
{
    const char *end = memchr(list->p, separator, list->n);
    struct text item = { list->p, end ? (size_t)(end - list->p) : list->n };
    list->p += end ? item.n + 1 : item.n;
    list->n -= end ? item.n + 1 : item.n;
    return trim(item);
}

static bool is(struct text t, const char *word)
{
    return t.n == strlen(word) && !strncasecmp(t.p, word, t.n);
}

/* A weight of nothing is a refusal: q=0, q=0.0 and so on. */
static bool weighted(struct text parameters)
{
    while (parameters.n) {
        struct text p = next(&parameters, ';');
        if (p.n < 2 || strncasecmp(p.p, "q=", 2) != 0)
            continue;
        for (size_t i = 2; i < p.n; i++)
            if (p.p[i] >= '1' && p.p[i] <= '9')
                return true;
        return false;
    }
    return true;
}

bool accept_names(struct text accept, const char *type)
{
    bool named = false;
    while (accept.n) {
        struct text item = next(&accept, ',');
        struct text range = item.n ? next(&item, ';') : item;
        named |= is(range, type) && weighted(item);
    }
    return named;
}

bool accept_gzip(struct text accept_encoding)
{
    bool any = false;
    while (accept_encoding.n) {
        struct text item = next(&accept_encoding, ',');
        struct text coding = item.n ? next(&item, ';') : item;
        if (is(coding, "gzip") || is(coding, "x-gzip"))
            return weighted(item);
        if (is(coding, "*"))
            any = weighted(item);
    }
    return any;
}
