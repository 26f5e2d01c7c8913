/* CSV writer: see csv.h. One pass finds the places to guard; runs of plain bytes are copied at once. */
#include "proto/base/csv.h"

#include "proto/base/stamp.h"
#include "proto/base/utf8.h"

/* Where a formula may begin, UTF-8, with the JSON escape of each. */
static const struct {
    struct text text;
    const char *json;
} starters[] = {
    { { "=", 1 }, "\\u003d" },
    { { "+", 1 }, "\\u002b" },
    { { "-", 1 }, "\\u002d" },
    { { "@", 1 }, "\\u0040" },
    { { "\xef\xbc\x9d", 3 }, "\\uff1d" },
    { { "\xef\xbc\x8b", 3 }, "\\uff0b" },
    { { "\xef\xbc\x8d", 3 }, "\\uff0d" },
    { { "\xef\xbc\xa0", 3 }, "\\uff20" },
};
enum { STARTERS = sizeof starters / sizeof *starters };

/* What a program may drop before it looks: blank, quote, no-break space, ideographic space, byte order mark. */
static const struct text passed[] = {
    { " ", 1 }, { "\"", 1 }, { "\xc2\xa0", 2 }, { "\xe3\x80\x80", 3 }, { "\xef\xbb\xbf", 3 },
};
enum { PASSED = sizeof passed / sizeof *passed };

static bool stands_at(struct text t, size_t at, struct text what)
{
    return t.n - at >= what.n && !memcmp(t.p + at, what.p, what.n);
}

static size_t passed_at(struct text t, size_t at)
{
    for (int i = 0; i < PASSED; i++)
        if (stands_at(t, at, passed[i]))
            return passed[i].n;
    return 0;
}

static size_t pass(struct text t, size_t at)
{
    for (size_t n; (n = passed_at(t, at)); at += n)
        ;
    return at;
}

static int starter_at(struct text t, size_t at)
{
    for (int i = 0; i < STARTERS; i++)
        if (stands_at(t, at, starters[i].text))
            return i;
    return -1;
}

static bool begins_a_cell(char before)
{
    return before == ';' || before == '\t' || before == '\r' || before == '\n';
}

static bool needs_quotes(struct text t)
{
    if (!t.n || t.p[0] == ' ' || t.p[t.n - 1] == ' ')
        return true;
    for (size_t i = 0; i < t.n; i++)
        if (t.p[i] == '"' || t.p[i] == ',' || begins_a_cell(t.p[i]))
            return true;
    return false;
}

/* Where text is written to, piece by piece. */
struct cell {
    struct buf *out;
    struct text text;
    size_t done; /* bytes of it that are out, each quote doubled if need be */
    bool quoted;
};

static void copy_to(struct cell *c, size_t upto)
{
    const char *p = c->text.p;
    if (c->quoted)
        for (const char *q; (q = memchr(p + c->done, '"', upto - c->done));) {
            size_t n = (size_t)(q + 1 - p) - c->done;
            buf_put(c->out, p + c->done, n);
            buf_putc(c->out, '"');
            c->done += n;
        }
    buf_put(c->out, p + c->done, upto - c->done);
    c->done = upto;
}

/* A cell begins at `at`, for this program or another. */
static void guard(struct cell *c, size_t at, bool json)
{
    size_t place = pass(c->text, at);
    int starter = starter_at(c->text, place);
    if (starter < 0)
        return;
    if (!json || !place) { /* JSON that begins so is a number */
        copy_to(c, at);
        buf_putc(c->out, '\'');
        return;
    }
    copy_to(c, place);
    buf_puts(c->out, starters[starter].json);
    c->done += starters[starter].text.n;
}

static void begin(struct csv *c)
{
    if (c->comma)
        buf_putc(c->out, ',');
    c->comma = true;
}

static void put_guarded(struct csv *to, struct text t, bool json)
{
    begin(to);
    if (!t.p)
        return;
    struct cell c = { .out = to->out, .text = t, .quoted = needs_quotes(t) };
    if (c.quoted)
        buf_putc(c.out, '"');
    if (t.n && t.p[0] != ';' && begins_a_cell(t.p[0]))
        buf_putc(c.out, '\'');
    guard(&c, 0, json);
    for (size_t i = 0; i < t.n; i++)
        if (begins_a_cell(t.p[i]))
            guard(&c, i + 1, json);
    copy_to(&c, t.n);
    if (c.quoted)
        buf_putc(c.out, '"');
}

void csv_text(struct csv *c, struct text value)
{
    put_guarded(c, value, false);
}

void csv_json(struct csv *c, struct text json)
{
    put_guarded(c, json, true);
}

void csv_ours(struct csv *c, struct text value)
{
    begin(c);
    if (value.p)
        buf_text(c->out, value);
}

void csv_int(struct csv *c, int64_t value)
{
    begin(c);
    buf_int(c->out, value);
}

void csv_bool(struct csv *c, bool value)
{
    csv_ours(c, value ? TEXT("true") : TEXT("false"));
}

void csv_time(struct csv *c, int64_t us)
{
    begin(c);
    if (us)
        stamp_put(c->out, us);
}

void csv_header(struct csv *c, const char *names)
{
    buf_puts(c->out, UTF8_MARK);
    csv_ours(c, text_of(names));
    csv_end_row(c);
}

void csv_end_row(struct csv *c)
{
    buf_put(c->out, "\r\n", 2);
    c->comma = false;
}
