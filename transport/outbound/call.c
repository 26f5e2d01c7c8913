/* Call: see call.h. */
#include "transport/outbound/call.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

const char *outbound_words(enum outbound_end end)
{
    static const char *const words[] = {
#define OUTBOUND_WORDS(symbol, words) [OUTBOUND_##symbol] = words,
        OUTBOUND_ENDS(OUTBOUND_WORDS)
#undef OUTBOUND_WORDS
    };
    assert(end < OUTBOUND_END_COUNT);
    return words[end];
}

/* The value on this header line, if it has this name. */
static struct text value_on(struct text line, const char *name)
{
    size_t n = strlen(name);
    if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n))
        return (struct text){ 0 };
    struct text value = { line.p + n + 1, line.n - n - 1 };
    while (value.n && (*value.p == ' ' || *value.p == '\t')) {
        value.p++;
        value.n--;
    }
    while (value.n && strchr(" \t\r\n", value.p[value.n - 1]))
        value.n--;
    return value;
}

struct text outbound_header(const struct outbound_answer *a, const char *name)
{
    for (struct text rest = a->head; rest.n;) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) + 1 : rest.n;
        struct text value = value_on((struct text){ rest.p, n }, name);
        if (value.p)
            return value;
        rest.p += n;
        rest.n -= n;
    }
    return (struct text){ 0 };
}
