/* Conninfo: see conninfo.h. */
#include "proto/config/conninfo.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char hidden[] = "***";

/* asyncpg's ssl= is libpq's sslmode=. */
static void put_query(struct buf *out, const char *query)
{
    for (const char *p = query; *p; p++) {
        bool key = *p == '?' || *p == '&';
        buf_putc(out, *p);
        if (key && !strncmp(p + 1, "ssl=", 4)) {
            buf_puts(out, "sslmode=");
            p += 4;
        }
    }
}

char *conninfo_plain(const char *conninfo)
{
    const char *colon = strstr(conninfo, "://");
    const char *plus = memchr(conninfo, '+', colon ? (size_t)(colon - conninfo) : 0);
    if (!plus || strncmp(conninfo, "postgres", 8))
        return strdup(conninfo);
    const char *query = strchr(colon, '?');
    struct buf out = { 0 };
    buf_puts(&out, "postgresql");
    buf_put(&out, colon, query ? (size_t)(query - colon) : strlen(colon));
    put_query(&out, query ? query : "");
    buf_putc(&out, '\0');
    if (!out.failed)
        return out.p;
    buf_fini(&out);
    return NULL;
}

/* libpq quotes what it could not read, in the quotation marks of the language it speaks: the sentence ends before that.
 */
static void put_parse_error(struct buf *why, const char *message)
{
    size_t n = 0;
    while (message[n] >= ' ' && message[n] <= '~' && message[n] != '"')
        n++;
    buf_put(why, message, n);
    buf_puts(why, message[n] && message[n] != '\n' ? "... " : "");
}

static const char *value_of(const PQconninfoOption *list, const char *keyword)
{
    for (const PQconninfoOption *o = list; o->keyword; o++)
        if (!strcmp(o->keyword, keyword))
            return o->val ? o->val : "";
    return "";
}

/* What no host has, and a password or a keyword that has become a part of one may. A folder of sockets may have any,
 * and an abstract socket begins with an @. */
static bool is_no_host(const char *value)
{
    return *value != '/' && *value && strpbrk(value + 1, "@=;");
}

/* A password with an uncoded @ or / in it ends early, and its rest becomes a host, a port or a database; so does what
 * stands behind a comma or a semicolon in place of a blank. */
static bool is_torn(const char *conninfo, const PQconninfoOption *list)
{
    const char *port = value_of(list, "port");
    return port[strspn(port, "0123456789,")] || is_no_host(value_of(list, "host")) ||
           is_no_host(value_of(list, "hostaddr")) || (strstr(conninfo, "://") && strchr(value_of(list, "dbname"), '@'));
}

PQconninfoOption *conninfo_parse(const char *conninfo, struct buf *why)
{
    char *plain = conninfo_plain(conninfo), *error = NULL;
    PQconninfoOption *list = plain ? PQconninfoParse(plain, &error) : NULL;
    bool torn = list && is_torn(plain, list);
    if (!list || torn)
        buf_puts(why, "the database's address cannot be read: ");
    if (error)
        put_parse_error(why, error);
    else if (!list)
        buf_puts(why, "out of memory");
    if (torn)
        buf_puts(why, "its host, port or database is none ");
    if (error || torn)
        buf_puts(why,
                 "(it must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE, where @ : / ? # % and blanks in user or "
                 "password stand as %40 %3A %2F %3F %23 %25 %20, or keywords such as host=... dbname=...)");
    PQfreemem(error);
    free(plain);
    if (!torn)
        return list;
    PQconninfoFree(list);
    return NULL;
}

/* ---- showing ---- */

/* A database's name may be an address itself, to programs other than this one. */
static bool holds_address(const char *value)
{
    return strchr(value, '=') || strstr(value, "://");
}

static bool is_harmless(const char *keyword)
{
    static const char *const list[] = {
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "application_name",
        "fallback_application_name",
        "client_encoding",
        "connect_timeout",
        "target_session_attrs",
        "load_balance_hosts",
        "sslmode",
        "gssencmode",
        "channel_binding",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
    };
    for (size_t i = 0; i < COUNT(list); i++)
        if (!strcmp(keyword, list[i]))
            return true;
    return false;
}

/* As a value of keyword form: in quotes where it has to be. */
static void put_value(struct buf *out, const char *value)
{
    bool bare = *value && !strpbrk(value, " '\\\t\r\n");
    if (bare) {
        buf_puts(out, value);
        return;
    }
    buf_putc(out, '\'');
    for (; *value; value++)
        buf_printf(out, *value == '\'' || *value == '\\' ? "\\%c" : "%c", *value);
    buf_putc(out, '\'');
}

void conninfo_put_masked(const char *conninfo, struct buf *out)
{
    struct buf why = { 0 };
    PQconninfoOption *list = conninfo_parse(conninfo, &why);
    size_t before = out->n;
    buf_fini(&why);
    for (const PQconninfoOption *o = list; o && o->keyword; o++) {
        if (!o->val)
            continue;
        buf_printf(out, "%s%s=", out->n > before ? " " : "", o->keyword);
        if (is_harmless(o->keyword) && !holds_address(o->val))
            put_value(out, o->val);
        else
            buf_puts(out, hidden);
    }
    if (!list)
        buf_puts(out, hidden);
    PQconninfoFree(list);
}
