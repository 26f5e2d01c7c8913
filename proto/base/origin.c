/* Origin: see origin.h. libcurl's parser knows no `*`, so one travels through it as a label that no host has. */
#include "proto/base/origin.h"

#include "proto/base/masked.h"

#include <ctype.h>
#include <curl/curl.h>
#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <strings.h>

#define ANY_LABEL "_any_"

static const char blanks[] = " \t\r\n", between[] = ", \t\r\n";

/* ---- one origin ---- */

/* What the parser has made of it; freed by fini. */
struct parts {
    char *scheme, *host, *port; /* port: NULL if it is the usual one */
};

static void fini(struct parts *p)
{
    curl_free(p->scheme);
    curl_free(p->host);
    curl_free(p->port);
    *p = (struct parts){ 0 };
}

/* In the locale of the thread, whose letters are those of names. */
static bool parse_here(CURLU *u, const char *url, struct parts *ret)
{
    if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER) ||
        curl_url_get(u, CURLUPART_SCHEME, &ret->scheme, 0) ||
        curl_url_get(u, CURLUPART_HOST, &ret->host, CURLU_PUNYCODE) || !*ret->host)
        return false;
    CURLUcode port = curl_url_get(u, CURLUPART_PORT, &ret->port, CURLU_NO_DEFAULT_PORT);
    return !port || port == CURLUE_NO_PORT;
}

static bool parse(const char *url, struct parts *ret)
{
    CURLU *u = curl_url();
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", 0), before = utf8 ? uselocale(utf8) : 0;
    *ret = (struct parts){ 0 };
    bool good = u && parse_here(u, url, ret);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    curl_url_cleanup(u);
    if (!good)
        fini(ret);
    return good;
}

static void put_lower(struct buf *out, const char *s)
{
    for (; *s; s++)
        buf_putc(out, (char)tolower((unsigned char)*s));
}

/* With `*` where it was. */
static void put_host(struct buf *out, const char *host)
{
    for (const char *any; (any = strstr(host, ANY_LABEL)); host = any + sizeof ANY_LABEL - 1) {
        for (; host < any; host++)
            buf_putc(out, (char)tolower((unsigned char)*host));
        buf_putc(out, '*');
    }
    put_lower(out, host);
}

/* Each `*` that is a whole label becomes one that the parser takes; it refuses any other. */
static void put_parsable(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        bool begins = i && strchr("/.", t.p[i - 1]), ends = i + 1 == t.n || strchr("./:", t.p[i + 1]);
        if (t.p[i] == '*' && begins && ends)
            buf_puts(out, ANY_LABEL);
        else
            buf_putc(out, t.p[i]);
    }
}

static struct text authority_of(struct text t)
{
    const char *at = memmem(t.p, t.n, "://", 3);
    struct text rest = { at ? at + 3 : t.p, at ? t.n - (size_t)(at + 3 - t.p) : 0 };
    for (size_t i = 0; i < rest.n; i++)
        if (strchr("/?#", rest.p[i]))
            rest.n = i;
    return rest;
}

static bool read_one(struct text t, struct buf *out)
{
    struct text authority = authority_of(t);
    struct buf url = { 0 };
    struct parts p;
    bool any_port = authority.n > 2 && !memcmp(authority.p + authority.n - 2, ":*", 2);
    if (!authority.n)
        return false;
    put_parsable(&url, (struct text){ t.p, (size_t)(authority.p + authority.n - t.p) - (any_port ? 2 : 0) });
    buf_putc(&url, 0);
    bool good = !url.failed && parse(url.p, &p);
    buf_fini(&url);
    if (!good)
        return false;
    put_lower(out, p.scheme);
    buf_puts(out, "://");
    put_host(out, p.host);
    if (p.port)
        buf_printf(out, ":%s", p.port);
    buf_puts(out, any_port ? ":*" : "");
    fini(&p);
    return true;
}

/* ---- a list ---- */

static bool put_item(struct text item, struct buf *out, struct buf *why)
{
    if (out->n)
        buf_putc(out, ',');
    if (text_is(item, "*"))
        buf_putc(out, '*');
    else if (text_is(item, "null"))
        buf_puts(why, "null is no origin that can be let in: every page in a sandbox has it");
    else if (!read_one(item, out))
        masked_quote(item, "is no origin; one is like https://app.example or http://localhost:3000", why);
    return !why->n;
}

static bool read_array(const char *list, struct buf *out, struct buf *why)
{
    json_t *array = json_loads(list, 0, NULL), *one;
    size_t i;
    bool good = json_is_array(array);
    json_array_foreach(array, i, one) good = good && json_is_string(one);
    if (!good)
        buf_puts(why, "it begins with [ and is no JSON array of texts, such as [\"https://app.example\"]");
    json_array_foreach(array, i, one)
    {
        const char *text = json_string_value(one);
        if (!good)
            break;
        text += strspn(text, blanks);
        size_t n = strlen(text);
        while (n && strchr(blanks, text[n - 1]))
            n--;
        good = put_item((struct text){ text, n }, out, why);
    }
    json_decref(array);
    return good;
}

bool origin_list_read(const char *list, struct buf *out, struct buf *why)
{
    list += strspn(list, between);
    if (*list == '[')
        return read_array(list, out, why);
    for (size_t n; *list; list += n, list += strspn(list, between)) {
        n = strcspn(list, between);
        if (!put_item((struct text){ list, n }, out, why))
            return false;
    }
    return true;
}

bool origin_host_read(struct text host, struct buf *out, struct buf *why)
{
    struct buf url = { 0 };
    struct parts p = { 0 };
    if (!memmem(host.p, host.n, "://", 3))
        buf_puts(&url, "http://");
    buf_text(&url, host);
    buf_putc(&url, 0);
    bool read = !url.failed && parse(url.p, &p), good = read && !p.port;
    if (good)
        put_lower(out, p.host);
    else
        masked_quote(host, read ? "is no name of a host; it stands without a port" : "is no name of a host", why);
    buf_fini(&url);
    fini(&p);
    return good;
}

/* ---- comparing ---- */

/* Browsers leave the usual port out; others may not. */
static struct text without_usual_port(struct text o)
{
    static const struct {
        const char *scheme, *port;
    } usual[] = { { "http://", ":80" }, { "https://", ":443" } };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        size_t s = strlen(usual[i].scheme), p = strlen(usual[i].port);
        if (o.n > s + p && !strncasecmp(o.p, usual[i].scheme, s) && !memcmp(o.p + o.n - p, usual[i].port, p))
            o.n -= p;
    }
    return o;
}

/* How many bytes `*` takes: those of a label, or the digits of a port. */
static size_t span_of_any(struct text o, bool port)
{
    size_t n = 0;
    while (n < o.n && (port ? isdigit((unsigned char)o.p[n]) : isalnum((unsigned char)o.p[n]) || o.p[n] == '-'))
        n++;
    return port && n > 5 ? 0 : n;
}

static bool matches(struct text pattern, struct text o)
{
    for (; pattern.n && o.n; pattern.p++, pattern.n--) {
        bool any = *pattern.p == '*';
        size_t n = any ? span_of_any(o, pattern.p[-1] == ':') : *pattern.p == tolower((unsigned char)*o.p);
        if (!n)
            return false;
        o.p += n;
        o.n -= n;
    }
    return !o.n && (!pattern.n || text_is(pattern, ":*"));
}

enum origin_found origin_find(const char *list, struct text origin)
{
    enum origin_found found = ORIGIN_ABSENT;
    struct text o = without_usual_port(origin);
    for (size_t n; *list; list += n + (list[n] == ',')) {
        n = strcspn(list, ",");
        if (n == 1 && *list == '*')
            found = ORIGIN_BY_ANY;
        else if (matches((struct text){ list, n }, o))
            return ORIGIN_LISTED;
    }
    return found;
}
