/* Conninfo: see pg_conninfo.h. */
#include "store/pg_conninfo.h"

#include <assert.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

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

char *pg_conninfo_plain(const char *conninfo)
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

static void put(struct pg_conninfo *c, const char *keyword, const char *value)
{
    assert((size_t)c->n < COUNT(c->keywords) - 1);
    c->keywords[c->n] = keyword;
    c->values[c->n] = value;
    c->n++;
}

static bool join_options(struct pg_conninfo *c, const char *ours, const char *theirs)
{
    struct buf b = { 0 };
    buf_printf(&b, "%s %s", ours, theirs ? theirs : "");
    buf_putc(&b, '\0');
    if (b.failed) {
        buf_fini(&b);
        return false;
    }
    c->options = b.p;
    put(c, "options", c->options);
    return true;
}

/* libpq quotes what it could not read, and a password may be in it: the sentence ends before that. */
static void put_parse_error(struct buf *why, char *message)
{
    char *quotation = strchr(message, '"');
    if (quotation)
        *quotation = 0;
    pg_conninfo_put_error(why, message);
    if (quotation)
        buf_puts(why, " ...");
}

bool pg_conninfo_init(struct pg_conninfo *c, const char *conninfo, const char *options, struct buf *why)
{
    char *error = NULL;
    const char *theirs = NULL;
    *c = (struct pg_conninfo){ .parsed = PQconninfoParse(conninfo, &error) };
    if (!c->parsed) {
        buf_puts(why, "the database's address cannot be read: ");
        if (error)
            put_parse_error(why, error);
        else
            buf_puts(why, "out of memory");
        PQfreemem(error);
        return false;
    }
    for (const PQconninfoOption *o = c->parsed; o->keyword; o++) {
        if (o->val && options && !strcmp(o->keyword, "options"))
            theirs = o->val;
        else if (o->val)
            put(c, o->keyword, o->val);
    }
    if (options && !join_options(c, options, theirs)) {
        buf_puts(why, "out of memory");
        pg_conninfo_fini(c);
        return false;
    }
    return true;
}

void pg_conninfo_fini(struct pg_conninfo *c)
{
    PQconninfoFree(c->parsed);
    free(c->options);
    *c = (struct pg_conninfo){ 0 };
}

const char *pg_conninfo_get(const struct pg_conninfo *c, const char *keyword)
{
    for (int i = 0; i < c->n; i++)
        if (!strcmp(c->keywords[i], keyword))
            return c->values[i];
    return NULL;
}

void pg_conninfo_add(struct pg_conninfo *c, const char *keyword, const char *value)
{
    if (!pg_conninfo_get(c, keyword))
        put(c, keyword, value);
}

void pg_conninfo_put_error(struct buf *why, const char *message)
{
    size_t n = strlen(message);
    while (n && (message[n - 1] == '\n' || message[n - 1] == ' '))
        n--;
    for (size_t i = 0; i < n; i++)
        buf_putc(why, message[i] == '\n' || message[i] == '\t' ? ' ' : message[i]);
}
