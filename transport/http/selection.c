/* Selection: see selection.h. */
#include "transport/http/selection.h"

#include <strings.h>
#include <time.h>

/* ---- dates ---- */

static const char *const date_forms[] = { "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                          "%a %b %d %H:%M:%S %Y" };

bool selection_read_date(struct text t, int64_t *ret)
{
    char copy[64];
    if (!t.p || t.n >= sizeof copy)
        return false;
    memcpy(copy, t.p, t.n);
    copy[t.n] = 0;
    for (size_t i = 0; i < sizeof date_forms / sizeof *date_forms; i++) {
        struct tm parts = { 0 };
        const char *end = strptime(copy, date_forms[i], &parts);
        if (!end || *end)
            continue;
        *ret = timegm(&parts);
        return true;
    }
    return false;
}

void selection_put_date(struct buf *out, int64_t seconds)
{
    char text[64];
    time_t t = seconds;
    struct tm parts;
    if (!gmtime_r(&t, &parts))
        return;
    buf_put(out, text, strftime(text, sizeof text, date_forms[0], &parts));
}

/* ---- tags ---- */

/* Is the tag in a list of tags? Weak comparison: W/ counts for nothing. */
static bool listed(struct text list, struct text tag)
{
    const char *at = list.p, *end = list.p + list.n;
    while (at < end) {
        if (*at == ' ' || *at == '\t' || *at == ',') {
            at++;
            continue;
        }
        if (end - at >= 2 && at[0] == 'W' && at[1] == '/')
            at += 2;
        if (at == end || *at != '"')
            return false;
        const char *close = memchr(at + 1, '"', (size_t)(end - at - 1));
        if (!close)
            return false;
        if (text_equal((struct text){ at, (size_t)(close + 1 - at) }, tag))
            return true;
        at = close + 1;
    }
    return false;
}

static bool unchanged(const struct selection_headers *h, const struct selection_file *f)
{
    int64_t since;
    if (h->if_none_match.p)
        return text_is(h->if_none_match, "*") || listed(h->if_none_match, f->etag);
    return selection_read_date(h->if_modified_since, &since) && f->modified <= since;
}

/* Does the range count? Only if the file is certainly the one that the client has a part of. */
static bool same_file(struct text if_range, const struct selection_file *f, int64_t now)
{
    int64_t date;
    if (!if_range.p)
        return true;
    if (if_range.n && (if_range.p[0] == '"' || if_range.p[0] == 'W'))
        return text_equal(if_range, f->etag);
    return selection_read_date(if_range, &date) && date == f->modified && f->modified < now;
}

/* ---- ranges ---- */

/* Digits at *at, the number capped. False if there are none. */
static bool read_number(const char **at, const char *end, uint64_t *ret)
{
    const char *begin = *at;
    uint64_t n = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++)
        n = n > UINT64_MAX / 20 ? n : n * 10 + (uint64_t)(**at - '0');
    *ret = n;
    return *at > begin;
}

static struct selection part(uint64_t from, uint64_t last, uint64_t size)
{
    if (from >= size)
        return (struct selection){ .what = SELECTED_NOTHING };
    uint64_t end = last < size ? last + 1 : size;
    return (struct selection){ SELECTED_PART, from, end - from };
}

static struct selection read_range(struct text range, uint64_t size)
{
    const struct selection all = { SELECTED_ALL, 0, size };
    uint64_t first = 0, last = UINT64_MAX - 1;
    if (!range.p || range.n < 6 || strncasecmp(range.p, "bytes=", 6) != 0)
        return all;
    const char *at = range.p + 6, *end = range.p + range.n;
    bool from = read_number(&at, end, &first);
    if (at == end || *at++ != '-')
        return all;
    bool to = read_number(&at, end, &last);
    if (at != end || (!from && !to) || (from && to && last < first))
        return all;
    if (from)
        return part(first, to ? last : UINT64_MAX - 1, size);
    if (!last)
        return (struct selection){ .what = SELECTED_NOTHING };
    return size ? part(last < size ? size - last : 0, size - 1, size) : all; /* the last bytes of nothing */
}

struct selection selection_of(const struct selection_headers *h, const struct selection_file *f, int64_t now)
{
    if (unchanged(h, f))
        return (struct selection){ .what = SELECTED_UNCHANGED };
    if (!same_file(h->if_range, f, now))
        return (struct selection){ SELECTED_ALL, 0, f->size };
    return read_range(h->range, f->size);
}
