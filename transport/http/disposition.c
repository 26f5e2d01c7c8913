/* Disposition: see disposition.h. Whatever is decoded gets shorter, so each form is decoded where it stands. */
#include "transport/http/disposition.h"

#include "proto/base/base64url.h"
#include "proto/base/utf8.h"
#include "transport/http/percent.h"

#include <strings.h>

enum { WORD_MOST = 1024 }; /* letters of an encoded word's text; RFC 2047 has 75, clients write a whole name as one */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct text slice(const char *begin, const char *end)
{
    while (begin < end && is_blank(*begin))
        begin++;
    while (begin < end && is_blank(end[-1]))
        end--;
    return (struct text){ begin, (size_t)(end - begin) };
}

/* The end of a quoted value that begins at p; NULL if it has none. */
static const char *quote_end(const char *p, const char *end)
{
    for (; p < end && *p != '"'; p++)
        p += *p == '\\' && p + 1 < end;
    return p < end ? p : NULL;
}

/* The value behind an equals sign. *at moves behind it. False: a quotation mark is missing. */
static bool read_value(const char **at, const char *end, struct text *ret)
{
    const char *p = *at;
    while (p < end && is_blank(*p))
        p++;
    bool quoted = p < end && *p == '"';
    const char *stop = quoted ? quote_end(p + 1, end) : memchr(p, ';', (size_t)(end - p)) ?: end;
    if (!stop)
        return false;
    *ret = quoted ? (struct text){ p + 1, (size_t)(stop - p - 1) } : slice(p, stop);
    *at = stop;
    return true;
}

bool disposition_parameter(struct text header, const char *name, struct text *ret)
{
    const char *end = header.p + header.n, *at = header.p;
    while (at < end && (at = memchr(at, ';', (size_t)(end - at)))) {
        const char *begin = ++at;
        while (at < end && *at != '=' && *at != ';')
            at++;
        if (at == end || *at == ';')
            continue;
        struct text key = slice(begin, at), value;
        at++;
        if (!read_value(&at, end, &value))
            return false;
        if (key.n == strlen(name) && !strncasecmp(key.p, name, key.n)) {
            *ret = value;
            return true;
        }
    }
    return false;
}

/* ---- filename* ---- */

/* charset'language'percent-encoded (RFC 8187). */
static bool read_extended(char *p, size_t n, struct text *ret)
{
    char *language = memchr(p, '\'', n);
    char *value = language ? memchr(language + 1, '\'', n - (size_t)(language + 1 - p)) : NULL;
    if (!value++)
        return false;
    ret->p = value;
    return percent_decode(value, n - (size_t)(value - p), false, &ret->n) && ret->n;
}

/* ---- filename ---- */

/* A piece of the name that is decoded where it stands. */
struct decoding {
    const char *at, *end;
    char *out;
};

/* What is written never overtakes what is read. */
static void put(struct decoding *d, const char *p, size_t n)
{
    memmove(d->out, p, n);
    d->out += n;
}

static bool put_base64(struct decoding *d, struct text t)
{
    char letters[WORD_MOST], bytes[WORD_MOST];
    size_t n = 0, bytes_n;
    for (; n < t.n && t.p[n] != '='; n++)
        letters[n] = t.p[n] == '+' ? '-' : t.p[n] == '/' ? '_' : t.p[n];
    if (!base64url_read((struct text){ letters, n }, bytes, &bytes_n))
        return false;
    put(d, bytes, bytes_n);
    return true;
}

/* Like percent-encoding, with = in place of % and _ for a blank. */
static bool put_quoted_printable(struct decoding *d, struct text t)
{
    char bytes[WORD_MOST];
    size_t n;
    for (size_t i = 0; i < t.n; i++)
        bytes[i] = t.p[i] == '=' ? '%' : t.p[i] == '_' ? '+' : t.p[i];
    if (memchr(t.p, '%', t.n) || memchr(t.p, '+', t.n) || !percent_decode(bytes, t.n, true, &n))
        return false;
    put(d, bytes, n);
    return true;
}

/* `=?charset?B?text?=` or with Q (RFC 2047). False, and nothing has been read, if there is none that can be read. */
static bool put_word(struct decoding *d)
{
    const char *p = d->at + 2;
    const char *mark = d->end - d->at > 4 && !memcmp(d->at, "=?", 2) ? memchr(p, '?', (size_t)(d->end - p)) : NULL;
    if (!mark || mark == p || d->end - mark < 3 || mark[2] != '?')
        return false;
    struct text text = { mark + 3, 0 };
    while (text.p + text.n + 1 < d->end && text.p[text.n] != '?')
        text.n++;
    if (text.p + text.n + 1 >= d->end || text.p[text.n + 1] != '=' || text.n > WORD_MOST - 4)
        return false;
    char coding = mark[1] | 0x20;
    if (!(coding == 'b' && put_base64(d, text)) && !(coding == 'q' && put_quoted_printable(d, text)))
        return false;
    d->at = text.p + text.n + 2;
    return true;
}

/* Blanks between two encoded words belong to neither: they are where a long name was broken. */
static void skip_blanks_before_word(struct decoding *d)
{
    const char *p = d->at;
    while (p < d->end && is_blank(*p))
        p++;
    if (d->end - p > 2 && !memcmp(p, "=?", 2))
        d->at = p;
}

/* An escaped quotation mark or line end: \" and \\ of mail programs, %22 %0D %0A of browsers. */
static bool put_escaped(struct decoding *d)
{
    static const struct {
        const char *sent;
        char meant;
    } escapes[] = { { "\\\"", '"' }, { "\\\\", '\\' }, { "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' } };
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        size_t n = strlen(escapes[i].sent);
        if ((size_t)(d->end - d->at) < n || strncasecmp(d->at, escapes[i].sent, n) != 0)
            continue;
        d->at += n;
        put(d, &escapes[i].meant, 1);
        return true;
    }
    return false;
}

static struct text read_plain(char *p, size_t n)
{
    struct decoding d = { p, p + n, p };
    while (d.at < d.end)
        if (put_word(&d))
            skip_blanks_before_word(&d);
        else if (!put_escaped(&d))
            put(&d, d.at++, 1);
    return (struct text){ p, (size_t)(d.out - p) };
}

/* ---- either ---- */

bool disposition_file_name(char *header, size_t n, struct text *ret)
{
    struct text whole = { header, n }, extended, plain;
    bool has_extended = disposition_parameter(whole, "filename*", &extended);
    bool has_plain = disposition_parameter(whole, "filename", &plain);
    if (!has_extended || !read_extended(header + (extended.p - header), extended.n, ret)) {
        if (!has_plain && !has_extended)
            return false;
        *ret = has_plain ? read_plain(header + (plain.p - header), plain.n) : extended;
    }
    if (utf8_valid(*ret))
        *ret = utf8_trim(*ret);
    return true;
}
