/* Percent: see percent.h. Decoding never lengthens a text, so it works in place. */
#include "transport/http/percent.h"

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

bool percent_decode(char *p, size_t n, bool plus, size_t *ret_n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '%') {
            int high = n - i > 2 ? hex_value(p[i + 1]) : -1, low = high < 0 ? -1 : hex_value(p[i + 2]);
            if (low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        p[out++] = c;
    }
    *ret_n = out;
    return true;
}

enum pairs_result pairs_add(struct pairs *pairs, struct arena *arena, struct pair pair)
{
    if (pairs->n == PAIRS_MOST)
        return PAIRS_TOO_MANY;
    if (pairs->n == pairs->cap) {
        uint32_t cap = pairs->cap ? pairs->cap * 2 : 8;
        struct pair *more = arena_alloc(arena, cap * sizeof *more);
        if (!more)
            return PAIRS_NO_MEMORY;
        if (pairs->n)
            memcpy(more, pairs->at, pairs->n * sizeof *more);
        pairs->at = more;
        pairs->cap = cap;
    }
    pairs->at[pairs->n++] = pair;
    return PAIRS_READ;
}

static enum pairs_result read_one(struct pairs *pairs, struct arena *arena, char *p, size_t n)
{
    char *equals = memchr(p, '=', n);
    size_t name = equals ? (size_t)(equals - p) : n;
    char *value = equals ? equals + 1 : p + n;
    size_t rest = (size_t)(p + n - value);
    struct pair pair = { .name.p = p, .value.p = value };
    if (!percent_decode(p, name, true, &pair.name.n) || !percent_decode(value, rest, true, &pair.value.n))
        return PAIRS_MALFORMED;
    return pairs_add(pairs, arena, pair);
}

enum pairs_result pairs_read(struct pairs *pairs, struct arena *arena, char *p, size_t n)
{
    char *end = p + n;
    while (p < end) {
        char *and = memchr(p, '&', (size_t)(end - p));
        char *stop = and? and : end;
        enum pairs_result result = stop == p ? PAIRS_READ : read_one(pairs, arena, p, (size_t)(stop - p));
        if (result != PAIRS_READ)
            return result;
        p = stop + 1;
    }
    return PAIRS_READ;
}

const struct pair *pairs_last(const struct pairs *pairs, const char *name)
{
    for (uint32_t i = pairs->n; i-- > 0;)
        if (text_is(pairs->at[i].name, name))
            return &pairs->at[i];
    return NULL;
}
