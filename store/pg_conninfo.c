/* Conninfo: see pg_conninfo.h. */
#include "store/pg_conninfo.h"

#include "proto/base/json.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What statements and the reading of their results depend on, whatever URL, environment, role or database say. */
static const struct pg_setting needed[] = {
    { "search_path", "classroom,account,public" },
    { "client_encoding", "UTF8" },
    { "timezone", "UTC" },
    { "datestyle", "ISO" },
    { "standard_conforming_strings", "on" },
    { "default_transaction_isolation", "read committed" },
    { NULL },
};

static void put(struct pg_conninfo *c, const char *keyword, const char *value)
{
    assert((size_t)c->n < COUNT(c->keywords) - 1);
    c->keywords[c->n] = keyword;
    c->values[c->n] = value;
    c->n++;
}

static void put_setting(struct json *j, const char *name, size_t length, const char *value)
{
    buf_puts(j->out, j->comma ? "," : "");
    json_escape(j->out, (struct text){ name, length });
    buf_putc(j->out, ':');
    json_escape(j->out, text_of(value));
    j->comma = true;
}

static void put_settings(struct json *j, const struct pg_setting *list)
{
    for (; list && list->name; list++)
        put_setting(j, list->name, strlen(list->name), list->value);
}

/* The next word of `options`, in which a backslash makes the next byte an ordinary one. False at the end. */
static bool next_word(const char **at, struct buf *word)
{
    buf_reset(word);
    while (isspace((unsigned char)**at))
        (*at)++;
    if (!**at)
        return false;
    for (; **at && !isspace((unsigned char)**at); (*at)++) {
        *at += **at == '\\' && (*at)[1];
        buf_putc(word, **at);
    }
    buf_putc(word, 0);
    return !word->failed;
}

/* Appends the settings of "-c name=value --name=value ...", dashes in a name's place of underscores. False if there is
 * anything else. */
static bool read_options(struct json *j, const char *options)
{
    struct buf word = { 0 };
    bool good = true;
    for (const char *at = options; good && next_word(&at, &word);) {
        bool apart = !strcmp(word.p, "-c") && next_word(&at, &word);
        char *name = apart ? word.p : !strncmp(word.p, "-c", 2) || !strncmp(word.p, "--", 2) ? word.p + 2 : NULL;
        char *equals = name ? strchr(name, '=') : NULL;
        good = equals && equals > name;
        for (char *p = name; good && p < equals; p++)
            *p = *p == '-' ? '_' : *p;
        if (good)
            put_setting(j, name, (size_t)(equals - name), equals + 1);
    }
    good = good && !word.failed;
    buf_fini(&word);
    return good;
}

static const char *given(const struct pg_conninfo *c, const char *keyword)
{
    for (const PQconninfoOption *o = c->parsed; o->keyword; o++)
        if (!strcmp(o->keyword, keyword))
            return o->val;
    return NULL;
}

/* The session's settings; the later one of two counts. The name is one too, for a pooler that keeps the session of an
 * earlier client. */
static bool make_settings(struct pg_conninfo *c, const struct pg_setting *defaults, bool *ret_read)
{
    struct json j = json_into(&c->settings);
    const char *options = given(c, "options"), *name = given(c, "application_name");
    buf_putc(&c->settings, '{');
    put_settings(&j, defaults);
    put_settings(&j, (struct pg_setting[]){ { name ? "application_name" : NULL, name }, { NULL } });
    size_t before = c->settings.n;
    *ret_read = read_options(&j, options ? options : "");
    if (!*ret_read)
        c->settings.n = before;
    j.comma = c->settings.n > 1;
    put_settings(&j, needed);
    buf_puts(&c->settings, "}");
    buf_putc(&c->settings, 0);
    return !c->settings.failed;
}

bool pg_conninfo_init(struct pg_conninfo *c, const char *conninfo, const struct pg_setting *defaults, struct buf *why)
{
    bool settings = false;
    *c = (struct pg_conninfo){ .parsed = conninfo_parse(conninfo, why) };
    if (!c->parsed)
        return false;
    if (!make_settings(c, defaults, &settings)) {
        buf_puts(why, "out of memory");
        pg_conninfo_fini(c);
        return false;
    }
    put(c, "client_encoding", "UTF8");
    for (const PQconninfoOption *o = c->parsed; o->keyword; o++)
        if (o->val && strcmp(o->keyword, "client_encoding") && (!settings || strcmp(o->keyword, "options")))
            put(c, o->keyword, o->val);
    const char *host = pg_conninfo_get(c, "host");
    if (host && strchr(host, ','))
        pg_conninfo_add(c, "target_session_attrs", "read-write");
    return true;
}

void pg_conninfo_fini(struct pg_conninfo *c)
{
    PQconninfoFree(c->parsed);
    buf_fini(&c->settings);
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
