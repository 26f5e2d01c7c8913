/* Masked: see masked.h. When in doubt more is hidden: an operator knows what was written there. */
#include "proto/base/masked.h"

#include <strings.h>

static const char hidden[] = "***";

static bool is_whole_secret(const char *value)
{
    return value[strspn(value, " \t\r\n")] == '{' || strstr(value, "-----BEGIN") ||
           (!strncasecmp(value, "postgres", 8) && strstr(value, "://"));
}

/* Does the word that ends at `end`, and does not begin before `from`, say that a secret follows? */
static bool names_secret(const char *from, const char *end)
{
    static const char *const words[] = { "pass", "pwd", "secret", "token", "key" };
    char name[64];
    while (end > from && strchr(" \t", end[-1]))
        end--;
    size_t n = 0;
    while (n < sizeof name - 1 && end - n > from && !strchr(" \t,;&?/", end[-(ptrdiff_t)n - 1]))
        n++;
    memcpy(name, end - n, n);
    name[n] = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(name, words[i]))
            return true;
    return false;
}

/* Where the value of such a word begins; the text's end if there is none. */
static const char *named_secret(const char *value)
{
    for (const char *equals = value; (equals = strchr(equals, '=')); equals++)
        if (names_secret(value, equals))
            return equals + 1;
    return value + strlen(value);
}

void masked_put(const char *value, struct buf *out)
{
    if (is_whole_secret(value)) {
        buf_puts(out, hidden);
        return;
    }
    const char *scheme = strstr(value, "://"), *at = strrchr(value, '@');
    const char *from = scheme && (!at || scheme < at) ? scheme + 3 : value;
    bool has_user = at && at >= from && (scheme || memchr(value, ':', (size_t)(at - value)));
    if (from > value)
        buf_put(out, value, (size_t)(from - value));
    if (has_user) {
        buf_puts(out, hidden);
        from = at;
    }
    const char *end = named_secret(from);
    size_t n = scheme ? strcspn(from, "?#") : strlen(from);
    const char *stop = from + n < end ? from + n + (from[n] != 0) : end;
    buf_put(out, from, (size_t)(stop - from));
    if (*stop)
        buf_puts(out, hidden);
}

void masked_quote(struct text t, const char *what, struct buf *why)
{
    enum { SHOWN_MOST = 200 };
    struct buf whole = { 0 }, shown = { 0 };
    buf_text(&whole, t);
    buf_putc(&whole, 0);
    if (!whole.failed)
        masked_put(whole.p, &shown); /* before it is cut: what is cut off may say that the rest is secret */
    buf_putc(why, '"');
    buf_put(why, shown.p, shown.n < SHOWN_MOST ? shown.n : SHOWN_MOST);
    buf_printf(why, "\" %s", what);
    buf_fini(&shown);
    buf_fini(&whole);
}
